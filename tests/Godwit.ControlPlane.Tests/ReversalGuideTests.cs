using System.Net;
using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>A migration is cut over, turned round by the Hub, cut over again: what was written in between is where it began (S29, P13).</summary>
public sealed class ReversalGuideTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H03")]
    [Requirement("D07")]
    public async Task What_was_written_after_the_cutover_is_brought_back()
    {
        await using var stage = await Stage.SetAsync();
        var request = stage.Request();
        request["options"] = new { reversible = true };
        var made = await stage.Api.PostAsync($"{stage.Api.Own}/migrations", request, HttpStatusCode.Created, "");
        var first = (string)made["id"]!;
        await CompleteAsync(stage, first);
        await stage.OrdersThere.InsertOneAsync(new BsonDocument("_id", "written there"), null, Cancellation);

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
    }

    private static async Task CompleteAsync(Stage stage, string id)
    {
        await stage.UntilReadyAsync(id);
        await stage.CutOverAsync(id);
        await stage.UntilStatusAsync(id, "COMPLETE");
    }
}
