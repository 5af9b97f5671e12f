using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Capped collections whose order cannot be kept as it stands are copied anew, and not for ever (S8, S30).</summary>
[Requirement("S30")]
public sealed class CappedCollectionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MigrationSettings Manual => MigrationScenario.Quick with { CutoverAutomatic = false };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Requirement("S8")]
    public async Task One_that_lost_a_document_here_is_copied_anew_and_that_is_said(bool isPassing)
    {
        var scenario = Scenario(81, isPassing);
        var migration = scenario.Migrate(Manual);
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        scenario.Destination.DeleteByUser("shop.log", 7);
        await scenario.UntilAsync(() => migration.Progress.Healed == 1 && migration.Progress.CanCommit);
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        migration.Progress.Warnings.ShouldContain(one =>
            one.Contains("shop.log is copied anew", StringComparison.Ordinal)
        );
        Content(scenario.Destination).ShouldBe(Content(scenario.Source));
    }

    /// <summary>What a cutover kept back is left out of comparisons in passing for as long as it is kept back, and no longer.</summary>
    [Fact]
    [Requirement("S8")]
    [Requirement("S28")]
    public async Task What_was_written_within_a_cutover_that_was_given_up_is_compared_like_everything_else()
    {
        var scenario = Scenario(83, isPassing: true);
        scenario.Source.OnNote = text =>
        {
            if (text.Contains("final time", StringComparison.Ordinal))
            {
                scenario.Source.OnNote = null;
                _ = scenario.Source.PutByUser("shop.log", scenario.Document(31));
            }
        };
        var migration = scenario.Migrate(Manual with { BlockSourceWrites = false });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit);
        migration.RequestCutover();
        await scenario.UntilAsync(() =>
            migration.Progress.Warnings.Any(one => one.Contains("given up", StringComparison.Ordinal))
        );
        await scenario.UntilAsync(() =>
            migration.Progress.CanCommit && Content(scenario.Destination) == Content(scenario.Source)
        );
        scenario.Destination.DeleteByUser("shop.log", 31);
        await scenario.UntilAsync(() => migration.Progress.Healed == 1 && migration.Progress.CanCommit);
        migration.RequestCutover();

        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);

        report.Verdict.Text.ShouldBe("identical after healing 1");
        Content(scenario.Destination).ShouldBe(Content(scenario.Source));
    }

    [Fact]
    [Requirement("S8")]
    public async Task One_that_runs_away_from_its_copy_each_time_stops_the_migration_by_name()
    {
        var scenario = Scenario(82, isPassing: true);
        var attempts = 0;
        scenario.Source.BeforeRange = read =>
        {
            if (read.Order == ReadOrder.Passing)
            {
                attempts++;
                throw new ClusterException(Side.Source, Stage.Read, FaultKind.NeedsNewCursor, "position lost", 136);
            }
        };

        var report = await scenario.RunAsync(Manual, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);

        report.Failure!.Code.ShouldBe("CappedCollectionTooFast");
        report.Failure.Message.ShouldContain("shop.log");
        attempts.ShouldBe(20);
    }

    private static MigrationScenario Scenario(int seed, bool isPassing)
    {
        var scenario = new MigrationScenario(seed);
        scenario.Source.ReadsCappedInPassing = isPassing;
        scenario.Destination.ReadsCappedInPassing = isPassing;
        _ = scenario.Source.CreateByUser(
            "shop.log",
            new DocumentBuilder { { "capped", true }, { "size", 4096 } }.Build()
        );
        for (var id = 0; id < 30; id++)
        {
            _ = scenario.Source.PutByUser("shop.log", scenario.Document(id));
        }

        return scenario;
    }

    private static string Content(Fakes.FakeCluster cluster)
    {
        var log = cluster.State.Catalogue.Values.Single(one => one.Name.Collection == "log");
        return string.Join("\n", cluster.State.Of(log.Uuid).Values);
    }
}
