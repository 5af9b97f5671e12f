using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>
/// A migration is cut over, turned round by the Hub, cut over again: what was written in between is where it began (S29, P13). Writes are blocked
/// at both cutovers, as it was asked for; each side is open when it is in use, and the one that was left when somebody says so.
/// </summary>
public sealed class ReversalGuideTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H03")]
    [Requirement("D07")]
    public async Task What_was_written_after_the_cutover_is_brought_back()
    {
        await using var stage = await Stage.SetAsync();
        using var here = await AddApplicationAsync(stage.Source, Stage.SourceSecret);
        using var there = await AddApplicationAsync(stage.Destination, Stage.DestinationSecret);
        var request = stage.Request();
        request["options"] = new { reversible = true, writeBlock = true };
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        var first = (string)made["id"]!;
        await CompleteAsync(stage, first);
        await ShouldBeBlockedAsync(here);
        await OrdersOf(there).InsertOneAsync(new BsonDocument("_id", "written there"), null, Cancellation);

        var back = await stage.Api.PostAsync(
            $"{stage.Api.Own}/migrations/{first}/reverse",
            new { },
            HttpStatusCode.Accepted,
            ""
        );
        var id = (string)back["id"]!;
        await CompleteAsync(stage, id);
        await stage.ShouldBeIdenticalAsync(Stage.Documents + 1);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
        var report = await stage.Api.GetAsync($"{stage.Api.Own}/migrations/{id}/report");
        // Brought back, not copied anew.
        ((long)report["totals"]!["documentsCopied"]!).ShouldBe(0);
        ((string)report["verdict"]!["text"]!).ShouldBe("identical");

        await OrdersOf(here).InsertOneAsync(new BsonDocument("_id", "written here again"), null, Cancellation);
        await ShouldBeBlockedAsync(there);
        await stage.ActAsync(id, "unblockSource");
        var opened = await stage.Api.UntilAsync(
            $"{stage.Api.Own}/migrations/{id}",
            one => (string)one["followUp"]!["status"]! != "RUNNING"
        );
        ((string)opened["followUp"]!["status"]!).ShouldBe("DONE", opened["followUp"]!.ToString());
        await OrdersOf(there).InsertOneAsync(new BsonDocument("_id", "open again"), null, Cancellation);
        (await stage.TemporaryUsersAsync()).ShouldBeEmpty();
    }

    private static IMongoCollection<BsonDocument> OrdersOf(MongoClient client) =>
        client.GetDatabase("shop").GetCollection<BsonDocument>("orders");

    private static async Task ShouldBeBlockedAsync(MongoClient application) =>
        (
            await Should.ThrowAsync<MongoWriteException>(() =>
                OrdersOf(application).InsertOneAsync(new BsonDocument("_id", "blocked"), null, Cancellation)
            )
        ).Message.ShouldContain("block");

    /// <summary>A user that a write block holds.</summary>
    private static async Task<MongoClient> AddApplicationAsync(SandboxProcess cluster, string secret)
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
        await cluster.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(user, null, Cancellation);
        return new(cluster.PlainAddress.Replace($"root:{secret}@", "app:app-Secret@", StringComparison.Ordinal));
    }

    private static async Task CompleteAsync(Stage stage, string id)
    {
        await stage.UntilReadyAsync(id);
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
    }
}
