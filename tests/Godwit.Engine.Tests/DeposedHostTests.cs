using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Recovery;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>A process that lost the migration to another while it stood still changes nothing when it wakes up.</summary>
[Requirement("S17")]
[Requirement("S26")]
public sealed class DeposedHostTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Fact]
    public async Task A_block_put_on_waking_up_is_lifted_by_the_process_that_has_taken_over()
    {
        var scenario = Scenario(70);
        var (suspended, woken) = await SuspendBeforeBlockAsync(scenario);
        var next = scenario.Migrate(Manual);
        var run = next.RunAsync(Token);
        await scenario.UntilAsync(() => next.Progress.CanCommit);
        scenario.Source.IsBlocked.ShouldBeFalse();
        var blocks = 0;
        scenario.Source.OnBlock = _ =>
        {
            blocks++;
            return Task.CompletedTask;
        };

        woken.SetResult();
        await ShouldBeDeposedAsync(suspended);

        await scenario.UntilAsync(() => blocks == 1 && !scenario.Source.IsBlocked);
        scenario.JournalState().ShouldBe("Aborted");
        next.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);
        report.Verdict.Text.ShouldBe("identical");
        report.Remarks.ShouldNotContain(one => one.Contains("given up cleanly"));
        scenario.Source.IsBlocked.ShouldBeTrue("only a person lifts the block after the decision");
    }

    [Fact]
    public async Task A_block_put_on_waking_up_is_lifted_where_the_migration_was_cancelled()
    {
        var scenario = Scenario(71);
        var (suspended, woken) = await SuspendBeforeBlockAsync(scenario);
        await Migration.CancelAsync(scenario.Source, scenario.Destination, new(), TimeProvider.System, Token);

        woken.SetResult();
        await ShouldBeDeposedAsync(suspended);

        scenario.Source.IsBlocked.ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_the_decision_of_another_its_block_stays_and_one_it_did_not_want_goes(bool blocks)
    {
        var scenario = Scenario(72);
        var (suspended, woken) = await SuspendBeforeBlockAsync(scenario);
        var settings = MigrationScenario.Quick with { BlockSourceWrites = blocks };
        (await scenario.RunAsync(settings, Token).WaitAsync(Limit, Token)).Verdict.Text.ShouldBe("identical");

        woken.SetResult();
        await ShouldBeDeposedAsync(suspended);

        scenario.Source.IsBlocked.ShouldBe(blocks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_source_is_neither_blocked_nor_released_by_a_process_that_does_not_hold_the_migration(
        bool block
    )
    {
        var scenario = Scenario(73);
        var first = await TakeAsync(scenario, new(Guid.NewGuid(), MustStillHold: false));
        _ = await TakeAsync(scenario, new(Guid.NewGuid(), MustStillHold: false));
        await scenario.Source.SetWriteBlockAsync(!block, TimeSpan.Zero, Token);
        using var store = Store(scenario, first);
        var source = new SourceBlock(scenario.Source, scenario.Destination, store, Retry(), TimeSpan.Zero);

        await ShouldBeDeposedAsync(block ? source.PutAsync(Token) : source.LiftAsync(Token));

        scenario.Source.IsBlocked.ShouldBe(!block);
    }

    [Fact]
    [Requirement("D07")]
    public async Task A_cancellation_that_wakes_up_when_a_migration_has_gone_on_leaves_that_alone()
    {
        var scenario = Scenario(74);
        var (suspended, woken) = await SuspendBeforeBlockAsync(scenario);
        var asleep = new TaskCompletionSource();
        var again = new TaskCompletionSource();
        scenario.Source.OnBlock = _ =>
        {
            scenario.Source.OnBlock = null;
            asleep.SetResult();
            return again.Task;
        };
        var cancelling = Migration.CancelAsync(
            scenario.Source,
            scenario.Destination,
            new(),
            TimeProvider.System,
            Token
        );
        await asleep.Task.WaitAsync(Limit, Token);
        var next = scenario.Migrate(Manual);
        var run = next.RunAsync(Token);
        await scenario.UntilAsync(() => next.Progress.CanCommit);

        again.SetResult();
        await ShouldBeDeposedAsync(cancelling);
        woken.SetResult();
        await ShouldBeDeposedAsync(suspended);

        next.RequestCutover();
        (await run.WaitAsync(Limit, Token)).Verdict.Text.ShouldBe("identical");
    }

    [Fact]
    public async Task A_process_that_begins_another_life_by_itself_takes_nothing_back()
    {
        var scenario = Scenario(75);
        var holder = new Holder(Guid.NewGuid(), MustStillHold: false);
        _ = await TakeAsync(scenario, holder);
        _ = await TakeAsync(scenario, holder with { MustStillHold = true });
        _ = await TakeAsync(scenario, new(Guid.NewGuid(), MustStillHold: false));

        await ShouldBeDeposedAsync(TakeAsync(scenario, holder with { MustStillHold = true }));
    }

    private static MigrationScenario Scenario(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 30);
        return scenario;
    }

    /// <summary>A migration whose process is suspended with the request on its way that blocks the source.</summary>
    private static async Task<(Task Suspended, TaskCompletionSource Woken)> SuspendBeforeBlockAsync(
        MigrationScenario scenario
    )
    {
        var asleep = new TaskCompletionSource();
        var woken = new TaskCompletionSource();
        scenario.Source.OnBlock = _ =>
        {
            scenario.Source.OnBlock = null;
            asleep.SetResult();
            return woken.Task;
        };
        var suspended = scenario.RunAsync(MigrationScenario.Quick, Token);
        await asleep.Task.WaitAsync(Limit, Token);
        return (suspended, woken);
    }

    private static async Task ShouldBeDeposedAsync(Task task) =>
        (await Should.ThrowAsync<ClusterException>(task.WaitAsync(Limit, Token))).Kind.ShouldBe(FaultKind.Fenced);

    private static async Task<Tenure> TakeAsync(MigrationScenario scenario, Holder holder) =>
        await Tenure.TakeAsync(
            scenario.Destination,
            1,
            await scenario.Source.IdentifyAsync(Token),
            holder,
            Retry(),
            TimeProvider.System,
            Token
        );

    private static ReservedStore Store(MigrationScenario scenario, Tenure tenure) =>
        new(scenario.Destination, tenure.Slots, 0, new Lease(TimeProvider.System), Retry());

    private static RetryPolicy Retry() =>
        new(TimeProvider.System, new Random(1), TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
}
