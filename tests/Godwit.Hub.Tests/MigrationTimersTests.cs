using Godwit.Contracts.Agents;
using Godwit.Hub.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Hub.Tests;

/// <summary>A migration's window and what people ask meanwhile, on a clock of the test's own (D06, D07, E09, P4).</summary>
public sealed class MigrationTimersTests : IAsyncLifetime
{
    private TestMigration stage = null!;
    private string id = "";

    public async ValueTask InitializeAsync()
    {
        stage = await TestMigration.StartAsync();
        id = await stage.CreateAsync();
    }

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    [Requirement("D06")]
    public async Task The_window_of_120_hours_begins_when_both_sides_are_first_in_sync()
    {
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
        (await stage.GetOwnAsync(id))["deadline"].ShouldBeNull();
        await stage.SyncAsync(id);
        var began = stage.Hub.Time.GetUtcNow();
        await ShouldEndAtAsync(began + TimeSpan.FromHours(120));
        stage.Hub.Time.Advance(TimeSpan.FromHours(1));
        await stage.SyncAsync(id);
        await ShouldEndAtAsync(began + TimeSpan.FromHours(120));
    }

    [Fact]
    [Requirement("D06")]
    public async Task The_window_can_be_extended_any_number_of_times_and_each_is_recorded()
    {
        (await stage.ActAsync(id, "extend")).ShouldBe("LIVE_MIGRATION_NO_DEADLINE");
        await stage.SyncAsync(id);
        for (var times = 1; times <= 3; times++)
        {
            stage.Hub.Time.Advance(TimeSpan.FromHours(90));
            (await stage.ActAsync(id, "extend")).ShouldBeNull();
            await ShouldEndAtAsync(stage.Hub.Time.GetUtcNow() + TimeSpan.FromHours(120));
            ((int)(await stage.GetOwnAsync(id))["extensions"]!).ShouldBe(times);
        }

        (await stage.EventsAsync(id)).Count(one => one == "LIVE_MIGRATION_EXTENDED").ShouldBe(3);
    }

    [Fact]
    [Requirement("D06")]
    public async Task At_its_end_the_host_stops_it_is_EXPIRED_and_can_be_restarted()
    {
        await stage.SyncAsync(id);
        await RemindAsync(TimeSpan.FromHours(114));
        stage.Hub.Time.Advance(TimeSpan.FromHours(6));
        await stage.UntilAsync(async () => (await stage.OrderAsync(id))?.Goal == MigrationGoal.Pause);
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("WORKING");
        await stage.ReportAsync(id, MigrationActivity.Paused);
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("EXPIRED");
        (await stage.ActAsync(id, "cutover")).ShouldBe("LIVE_MIGRATION_ENDED");

        (await stage.ActAsync(id, "restart")).ShouldBeNull();
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
        await stage.SyncAsync(id);
        await ShouldEndAtAsync(stage.Hub.Time.GetUtcNow() + TimeSpan.FromHours(120));
        (await stage.EventsAsync(id)).ShouldContain("CLUSTER_IMPORT_EXPIRED");
        (await stage.EventsAsync(id)).ShouldContain("CLUSTER_IMPORT_RESTART_REQUESTED");
    }

    [Fact]
    [Requirement("D06")]
    public async Task People_are_reminded_a_day_and_six_hours_before()
    {
        await stage.SyncAsync(id);
        await RemindAsync(TimeSpan.FromHours(96));
        (await RemindersAsync()).ShouldBe(1);
        await RemindAsync(TimeSpan.FromHours(18));
        (await RemindersAsync()).ShouldBe(2);
        await ShouldEndAtAsync(stage.Hub.Time.GetUtcNow() + TimeSpan.FromHours(6));
    }

    [Fact]
    [Requirement("D06")]
    public async Task A_window_that_ended_while_the_Hub_was_down_moves_so_that_somebody_is_reminded_first()
    {
        await stage.SyncAsync(id);
        stage.Hub.Time.Advance(TimeSpan.FromHours(200));
        await stage.RestartHubAsync();
        await stage.UntilAsync(async () => await RemindersAsync() == 1);
        await ShouldEndAtAsync(stage.Hub.Time.GetUtcNow() + TimeSpan.FromHours(6));
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
        stage.Hub.Time.Advance(TimeSpan.FromHours(6));
        await stage.UntilAsync(async () => (await stage.OrderAsync(id))?.Goal == MigrationGoal.Pause);
    }

    [Fact]
    [Requirement("E04")]
    public async Task A_cutover_of_twelve_hours_is_told_of_once()
    {
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        stage.Hub.Time.Advance(TimeSpan.FromHours(13));
        await stage.UntilAsync(async () => (await stage.EventsAsync(id))[^1] == "LIVE_MIGRATION_CUTOVER_SLOW");
    }

    [Fact]
    [Requirement("E09")]
    public async Task An_accepted_cutover_stops_the_timer_and_an_aborted_one_resumes_it_with_what_remained()
    {
        await stage.SyncAsync(id);
        stage.Hub.Time.Advance(TimeSpan.FromHours(20));
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        (await stage.GetOwnAsync(id))["deadline"].ShouldBeNull();
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.CutOver);
        (await stage.ActAsync(id, "cutover")).ShouldBe("LIVE_MIGRATION_NOT_READY_FOR_CUTOVER");
        stage.Hub.Time.Advance(TimeSpan.FromHours(5));
        (await stage.ActAsync(id, "abortCutover")).ShouldBeNull();
        await ShouldEndAtAsync(stage.Hub.Time.GetUtcNow() + TimeSpan.FromHours(100));
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Pause);
        await stage.ReportAsync(id, MigrationActivity.Paused);
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
    }

    [Fact]
    [Requirement("E09")]
    public async Task A_cutover_that_the_engine_gave_up_has_to_be_asked_for_again_and_leaves_an_hour_at_least()
    {
        await stage.SyncAsync(id);
        await RemindAsync(TimeSpan.FromHours(114));
        stage.Hub.Time.Advance(TimeSpan.FromHours(5.5));
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Running, "FINALISING");
        await stage.ReportAsync(id, MigrationActivity.Running, "APPLYING");
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Follow);
        await ShouldEndAtAsync(stage.Hub.Time.GetUtcNow() + TimeSpan.FromHours(1));
        (await stage.EventsAsync(id))[^1].ShouldBe("LIVE_MIGRATION_CUTOVER_GIVEN_UP");
    }

    [Fact]
    [Requirement("E09")]
    public async Task A_decided_cutover_cannot_be_aborted()
    {
        await stage.SyncAsync(id);
        (await stage.ActAsync(id, "cutover")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Running, "DONE");
        (await stage.ActAsync(id, "abortCutover")).ShouldBe("LIVE_MIGRATION_CUTOVER_DECIDED");
        await stage.ReportAsync(id, MigrationActivity.Committed, "DONE");
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("COMPLETE");
        (await stage.OrderAsync(id)).ShouldBeNull();
    }

    [Fact]
    [Requirement("D07")]
    public async Task Pause_resume_and_cancel_are_told_to_the_host_and_done_when_it_says_so()
    {
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
        (await stage.ActAsync(id, "resume")).ShouldBe("LIVE_MIGRATION_NOT_PAUSED");
        (await stage.ActAsync(id, "pause")).ShouldBeNull();
        await stage.ReportAsync(id, MigrationActivity.Paused);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("PAUSED");
        (await stage.ActAsync(id, "resume")).ShouldBeNull();
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("ENDING");
        (await stage.ActAsync(id, "cancel")).ShouldBe("LIVE_MIGRATION_ENDED");
        await stage.ReportAsync(id, MigrationActivity.Cancelled);
        ((string)(await stage.GetOwnAsync(id))["status"]!).ShouldBe("CANCELLED");
        ((string)(await stage.GetAsync(id))["status"]!).ShouldBe("FAILED");
        (await stage.EventsAsync(id)).ShouldBe([
            "CLUSTER_IMPORT_STARTED",
            "LIVE_MIGRATION_PAUSED",
            "LIVE_MIGRATION_RESUMED",
            "LIVE_MIGRATION_CANCEL_REQUESTED",
            "CLUSTER_IMPORT_CANCELLED",
        ]);
    }

    [Fact]
    [Requirement("D07")]
    public async Task A_cancelled_migration_whose_host_stays_away_is_cleaned_up_without_it()
    {
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
        (await stage.ActAsync(id, "cancel")).ShouldBeNull();
        stage.Hub.Time.Advance(TimeSpan.FromMinutes(11));
        await stage.UntilAsync(async () => (string)(await stage.GetOwnAsync(id))["status"]! == "CANCELLED");
    }

    [Fact]
    [Requirement("D04")]
    public async Task A_report_that_answers_an_older_order_changes_nothing()
    {
        await stage.ReportAsync(id, MigrationActivity.Running, "COPYING");
        var before = (await stage.OrderAsync(id))!.Revision;
        (await stage.ActAsync(id, "pause")).ShouldBeNull();
        var late = new ReportedMigration(id, before, MigrationActivity.Failed, null, new("Late", "", ""), null);
        _ = await stage.ExchangeAsync(late);
        (await stage.OrderAsync(id))!.Goal.ShouldBe(MigrationGoal.Pause);
    }

    [Fact]
    [Requirement("D04")]
    public async Task A_failure_is_shown_with_its_remedy_the_host_forgets_it_and_restart_goes_on()
    {
        var failure = new ReportedFailure("SourceHistoryChanged", "The source was restored.", "Compare all.");
        await stage.ReportAsync(id, MigrationActivity.Failed, failure: failure);
        var shown = await stage.GetOwnAsync(id);
        ((string)shown["status"]!).ShouldBe("FAILED");
        ((string)shown["failure"]!["remedy"]!).ShouldBe("Compare all.");
        var still = new ReportedMigration(id, 1, MigrationActivity.Failed, null, failure, null);
        (await stage.ExchangeAsync(still)).Migrations.Single().Goal.ShouldBe(MigrationGoal.Forget);
        (await stage.ActAsync(id, "restart")).ShouldBeNull();
        var order = (await stage.OrderAsync(id))!;
        (order.Goal, order.Revision).ShouldBe((MigrationGoal.Follow, 3L));
    }

    private async Task<int> RemindersAsync() =>
        (await stage.EventsAsync(id)).Count(one => one == "LIVE_MIGRATION_EXPIRES_SOON");

    /// <summary>Lets time pass until one more reminder is queued.</summary>
    private async Task RemindAsync(TimeSpan after)
    {
        var before = await RemindersAsync();
        stage.Hub.Time.Advance(after);
        await stage.UntilAsync(async () => await RemindersAsync() == before + 1);
    }

    private async Task ShouldEndAtAsync(DateTimeOffset expected)
    {
        var shown = (DateTimeOffset)(await stage.GetOwnAsync(id))["deadline"]!;
        (shown - expected).Duration().ShouldBeLessThan(TimeSpan.FromMilliseconds(2));
    }
}
