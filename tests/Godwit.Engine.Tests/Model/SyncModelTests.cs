using System.Globalization;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Model;

/// <summary>
/// The rules of synchronisation hold for random migrations, and each rule is needed: without it some run diverges or some comparison
/// raises a false alarm. <c>GODWIT_MODEL_SEEDS</c> asks for another number of runs. Seeds are the same each time, so that runs which
/// passed pass again: the many are for changed rules, and for the long set.
/// </summary>
public sealed class SyncModelTests
{
    private static readonly int Seeds = int.Parse(
        Environment.GetEnvironmentVariable("GODWIT_MODEL_SEEDS") ?? "400",
        CultureInfo.InvariantCulture
    );

    /// <summary>Few of the runs without a rule diverge: these are tried until one does.</summary>
    private const int SeedsMax = 30_000;

    public static TheoryData<ModelKind> Kinds =>
        [
            ModelKind.Plain,
            ModelKind.Prepared,
            ModelKind.Definitions,
            ModelKind.Prepared | ModelKind.Definitions,
            ModelKind.Prepared | ModelKind.Definitions | ModelKind.Unique,
            ModelKind.Moves,
            ModelKind.Prepared | ModelKind.Definitions | ModelKind.Moves,
            ModelKind.Prepared | ModelKind.Definitions | ModelKind.Unique | ModelKind.Turned,
            ModelKind.Prepared | ModelKind.Definitions | ModelKind.Moves | ModelKind.Turned,
            ModelKind.Streams,
            ModelKind.Streams | ModelKind.Prepared | ModelKind.Definitions,
            ModelKind.Streams | ModelKind.Prepared | ModelKind.Definitions | ModelKind.Moves | ModelKind.Turned,
            ModelKind.Ordered,
            ModelKind.Ordered | ModelKind.Definitions,
            ModelKind.Passing,
            ModelKind.Passing | ModelKind.Definitions,
            ModelKind.Passing | ModelKind.Definitions | ModelKind.Streams,
            ModelKind.Natural,
            ModelKind.Natural | ModelKind.Definitions | ModelKind.Unique,
            ModelKind.Natural | ModelKind.Definitions | ModelKind.Streams,
            ModelKind.Natural | ModelKind.Definitions | ModelKind.Crowded,
            ModelKind.Crowded,
            ModelKind.Crowded | ModelKind.Prepared | ModelKind.Definitions | ModelKind.Unique,
            ModelKind.Crowded | ModelKind.Streams | ModelKind.Prepared | ModelKind.Definitions | ModelKind.Moves,
        ];

    [Theory]
    [MemberData(nameof(Kinds))]
    [Requirement("S1a")]
    [Requirement("S5")]
    [Requirement("S6")]
    [Requirement("S8")]
    [Requirement("S10")]
    [Requirement("S12")]
    [Requirement("S14")]
    [Requirement("S16")]
    [Requirement("S17")]
    [Requirement("S19")]
    [Requirement("S21")]
    [Requirement("S29")]
    [Requirement("S30")]
    public void No_random_migration_diverges(ModelKind kind) => ShouldNotDiverge(kind, Seeds);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(Kinds))]
    public void None_of_many_random_migrations_diverges(ModelKind kind) => ShouldNotDiverge(kind, 10 * Seeds);

    [Theory]
    [InlineData(Omission.NoRecovery, ModelKind.Plain)]
    [InlineData(Omission.NoCeiling, ModelKind.Plain)]
    [InlineData(Omission.LowCeiling, ModelKind.Prepared)]
    [InlineData(Omission.NoFence, ModelKind.Plain)]
    [InlineData(Omission.Overtake, ModelKind.Plain)]
    [InlineData(Omission.OpenAtFrontier, ModelKind.Plain)]
    [InlineData(Omission.Stale, ModelKind.Plain)]
    [InlineData(Omission.NoCleaning, ModelKind.Plain)]
    [InlineData(Omission.HalfFrame, ModelKind.Plain)]
    [InlineData(Omission.MergeByArrival, ModelKind.Streams)]
    [InlineData(Omission.PositionsAhead, ModelKind.Streams)]
    [InlineData(Omission.PreparedAsDeltas, ModelKind.Prepared)]
    [InlineData(Omission.EagerAcknowledgement, ModelKind.Plain)]
    [InlineData(Omission.ApplyBehindDoubt, ModelKind.Plain)]
    [InlineData(Omission.ForgetWithoutDoubt, ModelKind.Crowded)]
    [InlineData(Omission.ForgetWithFullLanes, ModelKind.Crowded)]
    [InlineData(Omission.PlaceAsOthers, ModelKind.Ordered)]
    [InlineData(Omission.UnripeRereads, ModelKind.Ordered)]
    [InlineData(Omission.PassingAtBegin, ModelKind.Passing)]
    [InlineData(Omission.PassingRereadAtEnd, ModelKind.Passing)]
    [InlineData(Omission.PassingAtBegin, ModelKind.Natural)]
    [InlineData(Omission.NaturalAtEnd, ModelKind.Natural)]
    [InlineData(Omission.NaturalBeforeBegin, ModelKind.Natural)]
    [InlineData(Omission.NaturalFromTheLoss, ModelKind.Natural)]
    [InlineData(Omission.NoCleaning, ModelKind.Natural)]
    [InlineData(Omission.ByName, ModelKind.Definitions)]
    [InlineData(Omission.IgnoreDefinitions, ModelKind.Definitions)]
    [InlineData(Omission.ReadBeforeListed, ModelKind.Definitions)]
    [InlineData(Omission.UniqueFromTheStart, ModelKind.Unique)]
    [InlineData(Omission.NoFenceAtMove, ModelKind.Moves)]
    [InlineData(Omission.TrustAfterMove, ModelKind.Moves)]
    [InlineData(Omission.IgnoreSilentMoves, ModelKind.Moves)]
    [InlineData(Omission.TrustOldSource, ModelKind.Turned)]
    [InlineData(Omission.TurnFromNow, ModelKind.Turned)]
    [Requirement("S25")]
    [Requirement("S29")]
    public void Without_the_rule_some_random_migration_diverges(Omission omission, ModelKind kind)
    {
        for (var seed = 0; seed < SeedsMax; seed++)
        {
            if (Record.Exception(new ModelRun(seed, omission, kind).Run) is DivergenceException)
            {
                return;
            }
        }

        Assert.Fail(
            $"{omission} made none of {SeedsMax} runs diverge: the model does not notice that the rule is left out"
        );
    }

    [Fact]
    [Requirement("S21")]
    public void Comparing_keys_beyond_the_barrier_raises_false_alarms()
    {
        var alarms = 0;
        for (var seed = 0; seed < SeedsMax && alarms == 0; seed++)
        {
            var run = new ModelRun(seed, Omission.CompareAhead, ModelKind.Plain);
            run.Run();
            alarms = run.Alarms;
        }

        alarms.ShouldBeGreaterThan(0);
    }

    private static void ShouldNotDiverge(ModelKind kind, int seeds)
    {
        var compared = 0;
        for (var seed = 0; seed < seeds; seed++)
        {
            var run = new ModelRun(seed, Omission.None, kind);
            var failure = Record.Exception(run.Run);
            failure.ShouldBeNull($"seed {seed}, {kind}");
            compared += run.Compared;
            if (!kind.HasFlag(ModelKind.Prepared))
            {
                run.Alarms.ShouldBe(0, $"seed {seed}: an aligned comparison of identical data found a difference");
            }
        }

        compared.ShouldBeGreaterThan(seeds);
    }
}
