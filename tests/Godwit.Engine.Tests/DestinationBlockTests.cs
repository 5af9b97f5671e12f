using Godwit.Engine.Faults;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Until the cutover is decided nobody else writes to a destination that can be blocked, and afterwards everybody may.</summary>
[Requirement("S22")]
public sealed class DestinationBlockTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Fact]
    public async Task Others_cannot_write_to_the_destination_until_the_cutover_is_decided()
    {
        var scenario = Scenario(60);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.PutByUser("shop.orders", scenario.Document(999)).ShouldBeFalse();
        scenario.Destination.OnBlock = block =>
        {
            block.ShouldBeFalse("it is only lifted now");
            scenario.JournalState().ShouldBe("Decided");
            migration.Progress.IsDestinationOpen.ShouldBeFalse("nobody is let in before the block is gone");
            return Task.CompletedTask;
        };
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Differences.ShouldBeEmpty();
        scenario.Destination.IsBlocked.ShouldBeFalse();
    }

    [Fact]
    public async Task A_destination_that_others_use_as_well_is_not_blocked()
    {
        var scenario = Scenario(61);
        scenario.Destination.OnBlock = _ => throw new InvalidOperationException("others are writing there");

        var report = await scenario
            .RunAsync(MigrationScenario.Quick with { IgnoreExisting = true }, Token)
            .WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
    }

    [Fact]
    public async Task A_destination_that_refuses_the_block_is_migrated_to_all_the_same_and_that_is_said()
    {
        var scenario = Scenario(62);
        scenario.Destination.OnBlock = block =>
            block
                ? throw new ClusterException(
                    Side.Destination,
                    Stage.Cutover,
                    FaultKind.Transient,
                    "operation exceeded time limit",
                    50
                )
                : Task.CompletedTask;

        var report = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Remarks.ShouldContain(one => one.Contains("transactions of others stay open there"));
    }

    [Fact]
    [Requirement("D07")]
    public async Task Pausing_keeps_the_destination_blocked_and_cancelling_opens_it()
    {
        var scenario = Scenario(63);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestPause();
        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Outcome.ShouldBe(MigrationOutcome.Paused);
        scenario.Destination.IsBlocked.ShouldBeTrue();

        await Migration.CancelAsync(scenario.Source, scenario.Destination, new(), TimeProvider.System, Token);

        scenario.Destination.IsBlocked.ShouldBeFalse();
    }

    [Fact]
    [Requirement("S17")]
    public async Task A_process_that_wakes_up_when_another_has_finished_does_not_leave_the_destination_blocked()
    {
        var scenario = Scenario(64);
        var asleep = new TaskCompletionSource();
        var woken = new TaskCompletionSource();
        scenario.Destination.OnBlock = _ =>
        {
            scenario.Destination.OnBlock = null;
            asleep.SetResult();
            return woken.Task;
        };
        var suspended = scenario.RunAsync(MigrationScenario.Quick, Token);
        await asleep.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        var report = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        report.Verdict.Text.ShouldBe("identical");

        woken.SetResult();
        var deposed = await Should.ThrowAsync<ClusterException>(suspended.WaitAsync(TimeSpan.FromSeconds(20), Token));

        deposed.Kind.ShouldBe(FaultKind.Fenced);
        scenario.Destination.IsBlocked.ShouldBeFalse();
    }

    private static MigrationScenario Scenario(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 30);
        scenario.Destination.CanBlock = true;
        return scenario;
    }
}
