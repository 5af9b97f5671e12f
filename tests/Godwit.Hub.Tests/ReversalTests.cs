using System.Net;
using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>Which migrations can be turned round (P13, S29), and what the way back is.</summary>
public sealed class ReversalTests : IAsyncLifetime
{
    private TestMigration stage = null!;

    public async ValueTask InitializeAsync() => stage = await TestMigration.StartAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    [Requirement("H03")]
    public async Task The_way_back_is_a_migration_of_its_own_and_can_be_turned_round_in_its_turn()
    {
        var first = await CreateAsync(isReversible: true);
        (await stage.ActAsync(first, "reverse")).ShouldBe("LIVE_MIGRATION_NOT_COMPLETE");
        await CompleteAsync(first);
        var back = await ReverseAsync(first);
        (await stage.ActAsync(first, "reverse")).ShouldBe("LIVE_MIGRATION_ALREADY_ACTIVE");
        var shown = await stage.GetOwnAsync(back);
        ((string)shown["reverses"]!, (bool)shown["isBackwards"]!).ShouldBe((first, true));
        ((string)shown["sourceCluster"]!, (string)shown["destinationCluster"]!).ShouldBe(("shop-cloud", "shop"));
        var order = (await stage.OrderAsync(back))!;
        (order.TurnsRound, order.IsBackwards, order.Goal).ShouldBe((true, true, MigrationGoal.Follow));

        await CompleteAsync(back);
        (await stage.ActAsync(first, "reverse")).ShouldBe("LIVE_MIGRATION_NOT_THE_LAST");
        var again = await ReverseAsync(back);
        order = (await stage.OrderAsync(again))!;
        (order.TurnsRound, order.IsBackwards).ShouldBe((true, false));
        ((string)(await stage.GetOwnAsync(again))["sourceCluster"]!).ShouldBe("shop");
    }

    [Fact]
    [Requirement("H03")]
    public async Task One_that_was_not_meant_to_be_or_is_not_the_last_is_not_turned_round()
    {
        var plain = await CreateAsync(isReversible: false);
        await CompleteAsync(plain);
        (await stage.ActAsync(plain, "reverse")).ShouldBe("LIVE_MIGRATION_NOT_REVERSIBLE");

        var first = await CreateAsync(isReversible: true);
        await CompleteAsync(first);
        var cancelled = await ReverseAsync(first);
        _ = await stage.ActAsync(cancelled, "cancel");
        await stage.ReportAsync(cancelled, MigrationActivity.Cancelled);
        var again = await ReverseAsync(first);
        _ = await stage.ActAsync(again, "cancel");
        await stage.ReportAsync(again, MigrationActivity.Cancelled);

        var other = await CreateAsync(isReversible: false);
        _ = await stage.ActAsync(other, "cancel");
        await stage.ReportAsync(other, MigrationActivity.Cancelled);
        (await stage.ActAsync(first, "reverse")).ShouldBe("LIVE_MIGRATION_NOT_THE_LAST");
    }

    private async Task<string> ReverseAsync(string id)
    {
        stage.Hub.Time.Advance(TimeSpan.FromSeconds(1));
        var answer = await stage.SendAsync(HttpMethod.Post, $"{stage.Own}/{id}/reverse");
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        return (string)(await TestHub.ReadAsync(answer))["id"]!;
    }

    private async Task<string> CreateAsync(bool isReversible)
    {
        stage.Hub.Time.Advance(TimeSpan.FromSeconds(1));
        var body = stage.Request();
        body["options"] = new System.Text.Json.Nodes.JsonObject { ["reversible"] = isReversible };
        var answer = await stage.SendAsync(HttpMethod.Post, stage.Own, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (string)(await TestHub.ReadAsync(answer))["id"]!;
    }

    private async Task CompleteAsync(string id)
    {
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Committed, phase: "DONE");
        await stage.UntilAsync(async () => (string)(await stage.GetOwnAsync(id))["status"]! == "COMPLETE");
    }
}
