using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>A source whose history is lost, or another one than before, is never followed as if nothing had happened (S20).</summary>
public sealed class HistoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Fact]
    [Requirement("S20")]
    public async Task Lost_history_is_named_and_only_what_differs_is_copied_again()
    {
        var scenario = await PausedAsync(300);
        scenario.Source.SetByUser("shop.orders", 5, "a", 7);
        scenario.Source.DeleteByUser("shop.orders", 6);
        _ = scenario.Source.PutByUser("shop.orders", scenario.Document(1000));
        scenario.Source.LoseHistory();

        var report = await CommitAsync(scenario, MigrationScenario.Quick);

        report.Verdict.Text.ShouldBe("identical");
        report.Remarks.ShouldContain(one => one.Contains("HistoryLost", StringComparison.Ordinal));
        report.Totals.DocumentsCopied.ShouldBe(0);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S20")]
    public async Task History_lost_while_running_is_compared_in_the_same_run()
    {
        var scenario = new MigrationScenario(22);
        scenario.Load("shop.orders", 200);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.BreakStreamsAndLoseHistory(() =>
        {
            scenario.Source.SetByUser("shop.orders", 3, "a", 1);
            scenario.Source.DeleteByUser("shop.orders", 4);
        });
        await scenario.UntilAsync(() => migration.Progress.Warnings.Any(one => one.Contains("HistoryLost")));
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(30), Token);

        report.Verdict.Text.ShouldBe("identical");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Theory]
    [InlineData("restored")]
    [InlineData("term")]
    [InlineData("other set")]
    [InlineData("shard restored")]
    [InlineData("other shard")]
    [InlineData("other UUIDs")]
    [Requirement("S20")]
    public async Task Another_history_stops_the_migration_again_and_again_until_a_person_says_it_is_meant(string how)
    {
        var scenario = await PausedAsync(200);
        var copyTime = scenario.Source.Now;
        var goesOn = await RunUntilSyncedAsync(
            scenario,
            () =>
            {
                scenario.Source.SetByUser("shop.orders", 3, "a", 77);
                scenario.Source.DeleteByUser("shop.orders", 4);
                _ = scenario.Source.PutByUser("shop.orders", scenario.Document(2000));
            }
        );
        goesOn.Outcome.ShouldBe(MigrationOutcome.Paused);
        scenario.Source.RestoreCopyOf(copyTime);
        scenario.Source.SetByUser("shop.orders", 8, "a", 99);
        switch (how)
        {
            case "term":
                scenario.Source.Term = 0;
                break;
            case "other set":
                scenario.Source.ReplicaSetId = "another";
                break;
            case "shard restored":
                scenario.Source.Shards = [new("s0", "set0", 4)];
                break;
            case "other shard":
                scenario.Source.Shards = [new("s0", "another", 5)];
                break;
            case "other UUIDs":
                scenario.Source.ReplicaSetId = "another";
                scenario.Source.RecreateUnderNewUuids();
                break;
            default:
                break;
        }

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var refused = await CommitAsync(scenario, MigrationScenario.Quick);
            refused.Outcome.ShouldBe(MigrationOutcome.Failed);
            refused.Failure!.Code.ShouldBe("SourceHistoryChanged");
            refused.Verdict.IsProven.ShouldBeFalse();
        }

        var accepted = await CommitAsync(scenario, MigrationScenario.Quick with { AcceptHistoryChange = true });

        accepted.Verdict.Text.ShouldBe("identical");
        accepted.Totals.DocumentsCopied.ShouldBe(0);
        accepted.Remarks.ShouldContain(one => one.Contains("only what differs is copied again"));
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    [Requirement("S20")]
    public async Task A_process_killed_while_it_compares_still_claims_nothing_and_ends_identical()
    {
        for (var steps = 3; steps < 60; steps += 7)
        {
            var scenario = await PausedAsync(120);
            scenario.Source.SetByUser("shop.orders", 5, "a", 7);
            scenario.Source.DeleteByUser("shop.orders", 6);
            scenario.Source.LoseHistory();
            scenario.Faults.KillAfter(steps);
            try
            {
                _ = await CommitAsync(scenario, Manual with { CutoverAutomatic = true });
            }
            catch (Fakes.KilledException)
            {
                // Dead in the middle of it: the next life takes over.
            }

            _ = scenario.Faults.Revive();
            var report = await CommitAsync(scenario, MigrationScenario.Quick);
            report.Verdict.Text.ShouldBe("identical", $"killed at step {steps}");
            scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"killed at step {steps}");
        }
    }

    [Fact]
    [Requirement("D11")]
    public async Task An_oplog_that_is_about_to_overwrite_the_saved_position_is_warned_of()
    {
        var scenario = new MigrationScenario(24);
        scenario.Load("shop.orders", 20);
        var migration = scenario.Migrate(
            Manual with
            {
                HistoryWatchEvery = TimeSpan.FromMilliseconds(10),
                CheckpointEvery = TimeSpan.FromHours(1),
            }
        );
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = migration.RunAsync(stop.Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.AdvanceClock(seconds: 1000);
        await scenario.UntilAsync(() =>
            migration.Progress.Warnings.Any(one => one.Contains("replSetResizeOplog", StringComparison.Ordinal))
        );
        migration.Progress.HistoryLeft.ShouldNotBeNull();
        await stop.CancelAsync();
        _ = await Should.ThrowAsync<OperationCanceledException>(run);
    }

    private static async Task<MigrationScenario> PausedAsync(int documents)
    {
        var scenario = new MigrationScenario(21);
        scenario.Source.Shards = [new("s0", "set0", 5)];
        scenario.Load("shop.orders", documents);
        scenario.Load("shop.customers", 10);
        (await RunUntilSyncedAsync(scenario, () => { })).Outcome.ShouldBe(MigrationOutcome.Paused);
        return scenario;
    }

    private static async Task<MigrationReport> RunUntilSyncedAsync(MigrationScenario scenario, Action write)
    {
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        write();
        await scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
        migration.RequestPause();
        return await run.WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    private static Task<MigrationReport> CommitAsync(MigrationScenario scenario, MigrationSettings settings) =>
        scenario.RunAsync(settings, Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
}
