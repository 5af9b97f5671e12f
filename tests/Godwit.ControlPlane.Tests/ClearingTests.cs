using System.Net;
using System.Text.Json.Nodes;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>What a destination holds is dropped when that is asked for: as it was listed, once, and not at all if it has changed (P2).</summary>
[Requirement("B08")]
public sealed class ClearingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_validation_has_listed_is_dropped_at_the_start_unless_somebody_has_written_there_since()
    {
        await using var stage = await Stage.SetAsync();
        await stage.OrdersThere.InsertOneAsync(new BsonDocument("_id", "old"), null, Cancellation);
        var other = stage.Destination.Client.GetDatabase("other").GetCollection<BsonDocument>("things");
        await other.InsertOneAsync(new BsonDocument("_id", 1), null, Cancellation);
        await other.Database.CreateViewAsync<BsonDocument, BsonDocument>(
            "seen",
            "things",
            Array.Empty<BsonDocument>(),
            null,
            Cancellation
        );
        var request = stage.Request();
        request["dropDestinationData"] = true;

        var early = await stage.Api.SendAsync(HttpMethod.Post, stage.Api.LiveMigrations, request, "2024-05-30");
        ((string)early.Body!["errorCode"]!).ShouldBe("LIVE_MIGRATION_VALIDATION_NEEDED");
        (await ValidateAsync(stage, request))["toClear"]!
            .AsArray()
            .Select(one => (string)one!["name"]!)
            .ShouldBe(["other.seen", "other.things", "shop.orders"], ignoreOrder: true);

        // Somebody writes there between the validation and the start: nothing is dropped.
        await other.InsertOneAsync(new BsonDocument("_id", 2), null, Cancellation);
        var refused = await stage.UntilOwnStatusAsync(await CreateAsync(stage, request), "FAILED");
        ((string)refused["failure"]!["code"]!).ShouldBe("DESTINATION_CHANGED");
        ((string)refused["failure"]!["message"]!).ShouldContain("other.things has 2 documents, and had 1");
        (await stage.OrdersThere.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(1);

        _ = await ValidateAsync(stage, request);
        var id = await CreateAsync(stage, request);
        await stage.UntilReadyAsync(id);
        (await other.CountDocumentsAsync("{}", null, Cancellation)).ShouldBe(0);
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents);

        // What was cut over to is somebody's truth: it is not cleared for another migration.
        _ = await ValidateAsync(stage, request);
        var again = await stage.UntilOwnStatusAsync(await CreateAsync(stage, request), "FAILED");
        ((string)again["failure"]!["code"]!).ShouldBe("DESTINATION_IN_USE");
        await stage.ShouldBeIdenticalAsync(Stage.Documents);
    }

    private static async Task<JsonNode> ValidateAsync(Stage stage, object request)
    {
        var validate = $"{stage.Api.LiveMigrations}/validate";
        var made = await stage.Api.PostAsync(validate, request, HttpStatusCode.OK, "2024-05-30");
        var done = await stage.Api.UntilAsync(
            $"{stage.Api.Own}/validations/{made["_id"]}",
            one => (string)one["status"]! != "PENDING"
        );
        ((string)done["status"]!).ShouldBe("SUCCESS", done.ToString());
        return done;
    }

    private static async Task<string> CreateAsync(Stage stage, object request) =>
        (string)
            (await stage.Api.PostAsync(stage.Api.LiveMigrations, request, HttpStatusCode.Created, "2024-05-30"))[
                "_id"
            ]!;
}
