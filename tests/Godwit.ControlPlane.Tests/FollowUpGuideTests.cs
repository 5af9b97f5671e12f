using System.Net;
using System.Text.Json.Nodes;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// One collection of the destination is cleared and another stays, the source is blocked at the cutover; afterwards both sides are compared
/// again, before and after the destination has gone its own way, users are carried over, and the source is opened (P1, P2, P13).
/// </summary>
public sealed class FollowUpGuideTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("B08")]
    [Requirement("E05")]
    [Requirement("E07")]
    [Requirement("E09")]
    public async Task What_is_named_is_cleared_and_after_the_cutover_sides_are_compared_and_the_source_is_opened()
    {
        await using var stage = await Stage.SetAsync();
        await stage.OrdersThere.InsertOneAsync(new BsonDocument("_id", "old"), null, Cancellation);
        var others = stage.Destination.Client.GetDatabase("other").GetCollection<BsonDocument>("things");
        await others.InsertOneAsync(new BsonDocument("_id", "theirs"), null, Cancellation);
        using var application = await AddApplicationAsync(stage);
        var written = application.GetDatabase("shop").GetCollection<BsonDocument>("orders");

        var wrong = await ValidateAsync(stage, "shop.no_such");
        ((string)wrong["status"]!).ShouldBe("FAILED");
        wrong["checks"]!.ToString().ShouldContain("no shop.no_such");
        var validated = await ValidateAsync(stage, "shop.orders");
        ((string)validated["status"]!).ShouldBe("SUCCESS", validated.ToString());
        validated["toClear"]!.AsArray().Select(one => (string)one!["name"]!).ShouldBe(["shop.orders"]);

        var made = await stage.Api.PostAsync(
            $"{stage.Api.Own}/migrations",
            Request(stage, "shop.orders"),
            HttpStatusCode.Created,
            ""
        );
        var id = (string)made["id"]!;
        await stage.UntilReadyAsync(id);
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents);
        (await others.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(1);
        await Should.ThrowAsync<MongoWriteException>(() =>
            written.InsertOneAsync(new BsonDocument("_id", "blocked"), null, Cancellation)
        );

        await ShouldHaveUsersAsync(stage, id);
        var result = (await FollowUpAsync(stage, id, "verify"))["result"]!;
        ((bool)result["identical"]!, (long)result["documents"]!).ShouldBe((true, Stage.Documents), result.ToString());
        await stage.OrdersThere.InsertOneAsync(new BsonDocument("_id", "after"), null, Cancellation);
        result = (await FollowUpAsync(stage, id, "verify"))["result"]!;
        ((bool)result["identical"]!, (int)result["differencesFound"]!).ShouldBe((false, 1), result.ToString());
        ((string)result["differences"]![0]!["collection"]!).ShouldBe("shop.orders");
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();

        result = (await FollowUpAsync(stage, id, "copyUsers"))["result"]!;
        result["entries"]!.AsArray().ShouldContain(one => (string)one!["name"]! == "app@admin");
        ((string)(await FollowUpAsync(stage, id, "unblockSource"))["status"]!).ShouldBe("DONE");
        await written.InsertOneAsync(new BsonDocument("_id", "open again"), null, Cancellation);
        ((string)(await stage.UntilOwnStatusAsync(id, "COMPLETE"))["status"]!).ShouldBe("COMPLETE");
    }

    /// <summary>
    /// The request has asked for users: the application's is there with the password it has as soon as the migration has ended, and what was
    /// there is as it was.
    /// </summary>
    private static async Task ShouldHaveUsersAsync(Stage stage, string id)
    {
        var given = await UntilDoneAsync(stage, id);
        ((string)given["action"]!).ShouldBe("copyUsers");
        given["result"]!["entries"]!
            .AsArray()
            .ShouldContain(one => (string)one!["name"]! == "app@admin" && (bool)one["isThere"]!);
        using var moved = new MongoClient(
            stage.Destination.PlainAddress.Replace(
                $"root:{Stage.DestinationSecret}@",
                "app:app-Secret@",
                StringComparison.Ordinal
            )
        );
        (
            await moved
                .GetDatabase("shop")
                .GetCollection<BsonDocument>("orders")
                .CountDocumentsAsync("{}", null, Cancellation)
        ).ShouldBe(Stage.Documents);
        foreach (var kept in Directory.GetFiles(stage.Hub.Folder, "hub.db*"))
        {
            // Salted and hashed, they are as good as passwords.
            var text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(kept, Cancellation));
            text.ShouldNotContain("storedKey");
        }
    }

    private static async Task<JsonNode> FollowUpAsync(Stage stage, string id, string action)
    {
        await stage.ActAsync(id, action);
        return await UntilDoneAsync(stage, id);
    }

    private static async Task<JsonNode> UntilDoneAsync(Stage stage, string id)
    {
        var done = await stage.Api.UntilAsync(
            $"{stage.Api.Own}/migrations/{id}",
            one => (string)one["followUp"]!["status"]! != "RUNNING"
        );
        ((string)done["followUp"]!["status"]!).ShouldBe("DONE", done["followUp"]!.ToString());
        await Condition.UntilAsync(
            async () => (await stage.TemporaryUsersAsync()).Count == 0,
            () => "the user of the comparison is still there",
            TimeSpan.FromMinutes(3),
            Cancellation
        );
        return done["followUp"]!;
    }

    private static async Task<JsonNode> ValidateAsync(Stage stage, string cleared)
    {
        var path = $"{stage.Api.Own}/validations";
        var made = await stage.Api.PostAsync(path, Request(stage, cleared), HttpStatusCode.Created, "");
        return await stage.Api.UntilAsync($"{path}/{made["id"]}", one => (string)one["status"]! != "PENDING");
    }

    private static Dictionary<string, object> Request(Stage stage, string cleared)
    {
        var request = stage.Request();
        request["options"] = new
        {
            writeBlock = true,
            usersAndRoles = true,
            clearNamespaces = new[] { cleared },
            spool = new { megabytes = 64 },
        };
        return request;
    }

    /// <summary>A user of the source that a write block holds.</summary>
    private static async Task<MongoClient> AddApplicationAsync(Stage stage)
    {
        var user = new BsonDocument
        {
            { "createUser", "app" },
            { "pwd", "app-Secret" },
            {
                "roles",
                new BsonArray { "readWriteAnyDatabase" }
            },
        };
        await stage.Source.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(user, null, Cancellation);
        return new(
            stage.Source.PlainAddress.Replace(
                $"root:{Stage.SourceSecret}@",
                "app:app-Secret@",
                StringComparison.Ordinal
            )
        );
    }
}
