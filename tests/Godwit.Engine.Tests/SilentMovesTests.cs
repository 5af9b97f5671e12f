using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>
/// A sharded source writes a collection anew under another identity when it reshards or moves it, and no event tells of the documents: they
/// are compared with what is there instead of being copied anew.
/// </summary>
[Requirement("S1a")]
public sealed class SilentMovesTests
{
    private const int Documents = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Fact]
    public async Task A_collection_under_a_new_identity_is_compared_and_only_what_differs_is_written()
    {
        var scenario = Scenario(500);
        var report = await RunAsync(
            scenario,
            () =>
            {
                scenario.Source.RecreateUnderNewUuids();
                scenario.Source.SetByUser("shop.orders", 7, "a", 1);
                scenario.Source.DeleteByUser("shop.orders", 8);
                return scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
            }
        );

        report.Verdict.Text.ShouldBe("identical");
        report.Totals.DocumentsCopied.ShouldBe(Documents);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    public async Task One_that_no_event_tells_of_is_noticed_when_it_is_read()
    {
        var scenario = Scenario(501);
        var report = await RunAsync(
            scenario,
            () =>
            {
                scenario.Source.RecreateUnderNewUuids();
                scenario.Destination.TamperWith("shop.orders", scenario.Document(9));
                return scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
            }
        );

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        report.Totals.DocumentsCopied.ShouldBe(Documents);
    }

    [Fact]
    [Requirement("S28")]
    public async Task One_that_moves_while_a_cutover_proves_equality_gives_it_up_and_the_next_one_is_decided()
    {
        var scenario = Scenario(502);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Source.OnNote = text =>
        {
            if (text.Contains("final time", StringComparison.Ordinal))
            {
                scenario.Source.OnNote = null;
                scenario.Source.RecreateUnderNewUuids();
                scenario.Destination.TamperWith("shop.orders", scenario.Document(9));
            }
        };
        migration.RequestCutover();
        await scenario.UntilAsync(() =>
            migration.Progress.Warnings.Any(one => one.Contains("moved or written anew", StringComparison.Ordinal))
        );

        var report = await CutOverAsync(scenario, migration, run);

        report.Outcome.ShouldBe(MigrationOutcome.Committed);
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe());
    }

    [Fact]
    public async Task Moved_again_and_again_while_it_is_copied_and_written_to_it_arrives_whole()
    {
        for (var seed = 510; seed < 516; seed++)
        {
            var scenario = Scenario(seed);
            using var writing = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var writes = scenario.WorkAsync(["shop.orders"], Documents, definitions: false, writing.Token);
            var migration = scenario.Migrate(Manual);
            var run = migration.RunAsync(Token);
            for (var move = 0; move < 5; move++)
            {
                await Task.Delay(20 + (seed % 3 * 10), Token);
                scenario.Source.RecreateUnderNewUuids();
            }

            await writing.CancelAsync();
            await writes;
            await scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
            var report = await CutOverAsync(scenario, migration, run);
            report.Verdict.Text.ShouldBe("identical", $"seed {seed}");
        }
    }

    private static MigrationScenario Scenario(int seed)
    {
        var scenario = new MigrationScenario(seed, isSourceSharded: true);
        scenario.Load("shop.orders", Documents);
        return scenario;
    }

    private static async Task<MigrationReport> RunAsync(MigrationScenario scenario, Func<Task> move)
    {
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        await move();
        return await CutOverAsync(scenario, migration, run);
    }

    /// <summary>Asks again if a cutover was given up, as people do.</summary>
    private static async Task<MigrationReport> CutOverAsync(
        MigrationScenario scenario,
        Migration migration,
        Task<MigrationReport> run
    )
    {
        await scenario.UntilAsync(() =>
        {
            if (migration.Progress.CanCommit)
            {
                migration.RequestCutover();
            }

            return run.IsCompleted;
        });
        return await run;
    }
}
