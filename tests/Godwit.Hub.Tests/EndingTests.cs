using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>How migrations end before their goal: cancelled in whatever phase, or expired and removed after a week (D07, P4).</summary>
public sealed class EndingTests : IAsyncLifetime
{
    private TestMigration stage = null!;
    private string id = "";

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync();
        id = await stage.CreateAsync();
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Theory]
    [Requirement("D07")]
    [InlineData(null, "PREPARING")]
    [InlineData(nameof(MigrationActivity.Waiting), "PREPARING")]
    [InlineData(nameof(MigrationActivity.Checking), "PREPARING")]
    [InlineData(nameof(MigrationActivity.Running), "PREPARING")]
    [InlineData(nameof(MigrationActivity.Running), "COPYING")]
    [InlineData(nameof(MigrationActivity.Running), "APPLYING")]
    [InlineData(nameof(MigrationActivity.Running), "IN_SYNC")]
    [InlineData(nameof(MigrationActivity.Retrying), "COPYING")]
    public async Task It_is_cancelled_in_every_phase(string? activity, string phase)
    {
        if (activity is not null)
        {
            await stage.ReportAsync(id, Enum.Parse<MigrationActivity>(activity), phase, canCutOver: phase == "IN_SYNC");
        }

        await CancelAsync();
    }

    [Fact]
    [Requirement("D07")]
    public async Task It_is_cancelled_while_it_is_paused()
    {
        (await stage.ActAsync(id, "pause")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Paused);
        await CancelAsync();
    }

    [Fact]
    [Requirement("D07")]
    public async Task It_is_cancelled_during_a_cutover_that_is_not_decided()
    {
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Running, "FINALISING");
        await CancelAsync();
    }

    [Fact]
    [Requirement("D07")]
    [Requirement("E09")]
    public async Task A_cancellation_that_comes_after_the_decision_leaves_it_complete()
    {
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE");
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("COMPLETE");
    }

    [Fact]
    [Requirement("D07")]
    public async Task A_host_that_still_says_that_it_has_paused_has_not_cancelled()
    {
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "pause")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Paused);
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Paused);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("ENDING");
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("CANCELLED");
    }

    [Fact]
    [Requirement("D06")]
    public async Task What_has_expired_is_kept_for_a_week_and_removed_then()
    {
        await stage.ExpireAsync(id);
        var kept = (DateTimeOffset)(await stage.GetOwnAsync(id))["keptUntil"]!;
        (kept - stage.Hub.Time.GetUtcNow() - TimeSpan.FromDays(7)).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1));
        stage.Hub.Time.Advance(TimeSpan.FromDays(7));
        await stage.UntilAsync(async () => (await stage.OrderAsync(id))?.Goal == MigrationGoal.Discard);
        (await stage.ActAsync(id, "restart")).ShouldBe("LIVE_MIGRATION_NOT_RESTARTABLE");
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("EXPIRED");
        (await stage.ActAsync(id, "restart")).ShouldBe("LIVE_MIGRATION_NOT_RESTARTABLE");
        (await stage.OrderAsync(id)).ShouldBeNull();
        (await stage.EventsAsync(id))
            .TakeLast(2)
            .ShouldBe(["LIVE_MIGRATION_DATA_REMOVAL_STARTED", "LIVE_MIGRATION_DATA_REMOVED"]);
    }

    [Fact]
    [Requirement("D06")]
    public async Task What_has_expired_is_not_removed_where_a_later_migration_has_gone_to_the_same_cluster()
    {
        await stage.ExpireAsync(id);
        var later = await stage.CreateAsync();
        _ = await stage.ActAsync(later, "cancel");
        await stage.ReportAsync(later, MigrationActivity.Cancelled);
        stage.Hub.Time.Advance(TimeSpan.FromDays(8));
        for (var looks = 0; looks < 3; looks++)
        {
            (await stage.OrderAsync(id)).ShouldBeNull();
            stage.Hub.Time.Advance(TimeSpan.FromMinutes(1));
        }

        (await stage.EventsAsync(id)).ShouldNotContain("LIVE_MIGRATION_DATA_REMOVAL_STARTED");
    }

    private async Task CancelAsync()
    {
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Cancel);
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("CANCELLED");
        (await stage.OrderAsync(id)).ShouldBeNull();
    }
}
