using Godwit.Engine.Pacing;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Pacing;

/// <summary>What a migration may ask of its source is kept with it, and may be changed by anyone while it runs.</summary>
[Requirement("H14")]
public sealed class LimitsTests
{
    private static readonly ReadLimits Few = new(1_000_000_000, 1_000_000, TimeSpan.Zero);

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Another_process_changes_the_limits_and_the_next_run_keeps_to_them()
    {
        var scenario = new MigrationScenario(51);
        scenario.Load("shop.orders", 50);
        var first = scenario.Migrate(Manual);
        var run = first.RunAsync(Token);
        await scenario.UntilAsync(() => first.Progress.CanCommit);
        first.Progress.Limits.ShouldBe(ReadLimits.Default);

        (await Migration.AskForLimitsAsync(scenario.Destination, Few, Token)).ShouldBeTrue();
        await scenario.UntilAsync(() => first.Progress.Limits == Few);
        first.RequestPause();
        (await run).Outcome.ShouldBe(MigrationOutcome.Paused);

        var second = scenario.Migrate(Manual);
        var again = second.RunAsync(Token);
        await scenario.UntilAsync(() => second.Progress.Limits == Few);
        second.RequestCutover();
        (await again.WaitAsync(TimeSpan.FromSeconds(20), Token)).Verdict.Text.ShouldBe("identical");
    }

    [Fact]
    public async Task Limits_given_with_a_run_replace_those_that_were_kept()
    {
        var scenario = new MigrationScenario(52);
        scenario.Load("shop.orders", 50);
        var first = scenario.Migrate(Manual with { Limits = Few });
        var run = first.RunAsync(Token);
        await scenario.UntilAsync(() => first.Progress.Limits == Few && first.Progress.CanCommit);
        first.RequestPause();
        _ = await run;

        var fewer = Few with { DocumentsPerSecond = 500_000 };
        var second = scenario.Migrate(Manual with { Limits = fewer, CutoverAutomatic = true });
        var report = await second.RunAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        second.Progress.Limits.ShouldBe(fewer);
    }

    [Fact]
    public async Task A_migration_whose_source_slows_down_reads_less_and_still_ends_identical()
    {
        var scenario = new MigrationScenario(53);
        scenario.Load("shop.orders", 200);
        scenario.Source.BeforeKeyRead = () => Task.Delay(30, Token);
        var migration = scenario.Migrate(Manual with { Limits = new(0, 0, TimeSpan.FromMilliseconds(1)) });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.ReadShare < 1);

        migration.Progress.SourceLatency.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromMilliseconds(1));
        scenario.Source.BeforeKeyRead = null;
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Verdict.Text.ShouldBe("identical");
    }
}
