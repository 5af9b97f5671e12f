using Godwit.Engine.Faults;
using Godwit.Engine.Preflight;
using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Balancers stand still while a migration runs, and run again however it ends.</summary>
[Requirement("D03")]
[Requirement("S17")]
[Requirement("S34")]
public sealed class BalancersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Fact]
    public async Task They_are_stopped_while_it_runs_and_run_again_after_the_cutover()
    {
        var scenario = Scenario(70);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.IsBalancing.ShouldBe(false);
        scenario.Destination.IsBalancing.ShouldBe(false);
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        scenario.Source.IsBalancing.ShouldBe(true);
        scenario.Destination.IsBalancing.ShouldBe(true);
    }

    [Fact]
    public async Task One_that_stood_still_before_is_not_started()
    {
        var scenario = Scenario(71);
        scenario.Source.IsBalancing = false;

        _ = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);

        scenario.Source.IsBalancing.ShouldBe(false);
        scenario.Destination.IsBalancing.ShouldBe(true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Requirement("S32")]
    public async Task Of_several_to_one_destination_the_last_starts_it(bool isLast)
    {
        var scenario = Scenario(75);
        scenario.Destination.IsBalancing = false;
        scenario.Destination.ReservedDatabase = "godwit_reserved_mine";
        var other = new RecordedMigration("other", "elsewhere", "None", IsFinished: false)
        {
            Name = "other",
            Scope = NamespaceScope.Parse("""[{"database": "elsewhere"}]""", "", "").Text,
            HoldsBalancer = true,
        };
        scenario.Destination.Neighbours = [other];
        var scope = NamespaceScope.Parse("""[{"database": "shop"}]""", "", "");
        var migration = scenario.Migrate(Manual with { Scope = scope, BlockSourceWrites = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => run.IsCompleted || migration.Progress.CanCommit);
        scenario.Destination.Neighbours = [other with { IsFinished = isLast }];
        migration.RequestCutover();

        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Verdict.Text.ShouldBe("identical");

        scenario.Destination.IsBalancing.ShouldBe(isLast);
    }

    [Fact, Requirement("D07")]
    public async Task Cancelling_starts_what_a_killed_process_had_stopped()
    {
        var scenario = Scenario(72);
        await KillWhenReadyAsync(scenario);
        scenario.Source.IsBalancing.ShouldBe(false);

        (
            await Migration.CancelAsync(scenario.Source, scenario.Destination, new(), TimeProvider.System, Token)
        ).ShouldBeTrue();

        scenario.Source.IsBalancing.ShouldBe(true);
        scenario.Destination.IsBalancing.ShouldBe(true);
    }

    [Fact]
    public async Task A_process_that_takes_over_starts_what_the_killed_one_had_stopped()
    {
        var scenario = Scenario(73);
        await KillWhenReadyAsync(scenario);

        var report = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        scenario.Source.IsBalancing.ShouldBe(true);
        scenario.Destination.IsBalancing.ShouldBe(true);
    }

    [Fact]
    public async Task One_that_may_not_be_stopped_is_named_and_the_migration_goes_on()
    {
        var scenario = Scenario(74);
        scenario.Source.RefusesToBalance = true;

        var report = await scenario.RunAsync(MigrationScenario.Quick, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Verdict.Text.ShouldBe("identical");
        report.Remarks.ShouldContain(one =>
            one.Contains("source's balancer could not be stopped", StringComparison.Ordinal)
        );
        scenario.Source.IsBalancing.ShouldBe(true);
    }

    [Fact]
    public async Task One_that_cannot_be_started_again_is_named_with_what_to_do()
    {
        var scenario = Scenario(75);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.RefusesToBalance = true;
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(20), Token);

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        report.Remarks.ShouldContain(one => one.Contains("sh.startBalancer()", StringComparison.Ordinal));
    }

    [Fact, Requirement("D07")]
    public async Task Cancelling_a_migration_that_is_cut_over_starts_what_stands_still()
    {
        var scenario = Scenario(76);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.RefusesToBalance = true;
        migration.RequestCutover();
        (await run.WaitAsync(TimeSpan.FromSeconds(20), Token)).Outcome.ShouldBe(MigrationOutcome.Committed);
        scenario.Source.IsBalancing.ShouldBe(false);
        scenario.Source.RefusesToBalance = false;

        _ = await Migration.CancelAsync(scenario.Source, scenario.Destination, new(), TimeProvider.System, Token);

        scenario.Source.IsBalancing.ShouldBe(true);
    }

    [Fact, Requirement("D03")]
    public async Task They_run_again_when_a_migration_ends_because_a_cluster_has_failed()
    {
        var scenario = Scenario(77);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.OnNote = _ =>
            throw new ClusterException(Side.Source, Stage.Changes, FaultKind.BadRequest, "not authorized", 13);

        _ = await Should.ThrowAsync<ClusterException>(run.WaitAsync(TimeSpan.FromSeconds(20), Token));

        scenario.Source.IsBalancing.ShouldBe(true);
        scenario.Destination.IsBalancing.ShouldBe(true);
    }

    private static async Task KillWhenReadyAsync(MigrationScenario scenario)
    {
        using var killing = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(killing.Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        await killing.CancelAsync();
        _ = await Should.ThrowAsync<OperationCanceledException>(run);
    }

    private static MigrationScenario Scenario(int seed)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Load("shop.orders", 20);
        scenario.Source.IsBalancing = true;
        scenario.Destination.IsBalancing = true;
        return scenario;
    }
}
