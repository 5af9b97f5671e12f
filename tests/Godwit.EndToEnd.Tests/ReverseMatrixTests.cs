using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Every pair of shapes, turned round after the cutover, and troubled while what was proven is recorded, while changes go back, and while it cuts over, under
/// writes and definitions that change; compared byte for byte by pymongo. Nothing has to be healed, and what nobody touched is not copied again.
/// </summary>
[Requirement("S29")]
[Requirement("H03")]
[Requirement("H07")]
[Requirement("D04")]
public sealed class ReverseMatrixTests
{
    /// <summary>More than the busy collections can hold.</summary>
    private const int BusyDocumentsMax = 12_000;

    private static readonly (string Source, string Destination)[] Shapes =
    [
        (Troubles.ReplicaSet, Troubles.ReplicaSet),
        (Troubles.ReplicaSet, Troubles.TwoShards),
        (Troubles.TwoShards, Troubles.ReplicaSet),
        (Troubles.TwoShards, Troubles.ThreeShards),
        (Troubles.ThreeShards, Troubles.TwoShards),
        (Troubles.TwoShards, Troubles.TwoShards),
    ];

    /// <summary>When trouble comes.</summary>
    public enum Instant
    {
        /// <summary>While what both sides had in common is recorded on the old source.</summary>
        HandingOver,

        /// <summary>While changes go back and both sides are compared.</summary>
        Applying,

        /// <summary>After the cutover was asked for.</summary>
        CuttingOver,
    }

    public static TheoryData<string, string, Instant, Trouble, int> Few =>
        new() { { Troubles.ReplicaSet, Troubles.TwoShards, Instant.HandingOver, Trouble.EngineKilled, 1302 } };

    /// <summary>Every pair meets every trouble, and every trouble comes at every instant to some pair.</summary>
    public static TheoryData<string, string, Instant, Trouble, int> All
    {
        get
        {
            var rows = new TheoryData<string, string, Instant, Trouble, int>();
            var seed = 1310;
            foreach (var (pair, (source, destination)) in Shapes.Index())
            {
                foreach (var trouble in Enum.GetValues<Trouble>())
                {
                    var instant = (Instant)((pair + (int)trouble) % 3);
                    if (trouble != Trouble.ChunksMoved || (source, destination) != Shapes[0])
                    {
                        rows.Add(source, destination, instant, trouble, seed);
                    }

                    seed++;
                }
            }

            return rows;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Few))]
    public Task Trouble_in_a_few_places_is_survived_on_the_way_back(
        string source,
        string destination,
        Instant instant,
        Trouble trouble,
        int seed
    ) => ThereAndBackAsync(source, destination, instant, trouble, seed);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(All))]
    public Task Trouble_anywhere_is_survived_on_the_way_back(
        string source,
        string destination,
        Instant instant,
        Trouble trouble,
        int seed
    ) => ThereAndBackAsync(source, destination, instant, trouble, seed);

    private static async Task ThereAndBackAsync(
        string source,
        string destination,
        Instant instant,
        Trouble trouble,
        int seed
    )
    {
        var random = new Random(seed);
        // Of two sides that can be troubled chance chooses; only a sharded one has chunks to be moved.
        var onOldSource = random.Next(2) == 0;
        onOldSource = trouble == Trouble.ChunksMoved ? destination == Troubles.ReplicaSet : onOldSource;
        await using var rig = await Rig.StartPairAsync(
            Troubles.Options(source, onOldSource),
            Troubles.Options(destination, !onOldSource)
        );
        await new StillData(rig).FillAsync();
        await MigrateAsync(rig, seed);

        var back = rig.Turn();
        await using var since = await back.WriteAsync("shapes", seed + 500);
        await since.AdvanceAsync(300);
        await using var reverse = back.Reverse();
        reverse.Start();
        await (
            instant == Instant.HandingOver
                ? UntilPreflightIsPassedAsync(reverse)
                : reverse.ReachAsync(instant == Instant.Applying ? "applying" : "inSync")
        );

        if (instant == Instant.CuttingOver)
        {
            _ = await since.StopAsync();
            await reverse.WishForCutoverAsync();
        }

        // The one fixed wait: the instant of the trouble, which the seed chooses.
        await Task.Delay(random.Next(0, instant == Instant.HandingOver ? 1500 : 500), Cancellation);
        await using (await Troubles.BefallAsync(onOldSource ? back.Destination : back.Source, reverse, trouble, random))
        {
            await Task.Delay(random.Next(500, 2500), Cancellation);
        }

        if (instant != Instant.CuttingOver)
        {
            await reverse.ReachAsync("inSync");
            await since.AdvanceAsync(300);
            _ = await since.StopAsync();
        }

        await Troubles.FinishAsync(reverse);
        await rig.ShouldBeIdenticalAsync();
        (reverse.Newest().Differences, reverse.Newest().Healed).ShouldBe((0, 0), reverse.Program.Describe());
        reverse.Newest().DocumentsCopied.ShouldBeLessThanOrEqualTo(BusyDocumentsMax);
    }

    /// <summary>Preflight refuses a cluster without a primary; what comes next waits for one.</summary>
    private static Task UntilPreflightIsPassedAsync(Migration reverse) =>
        Condition.UntilAsync(
            () => Task.FromResult(reverse.Program.Errors.Contains("Preflight:", StringComparison.Ordinal)),
            () => $"no preflight is passed: {reverse.Program.Describe()}",
            Rig.Patience,
            Cancellation
        );

    private static async Task MigrateAsync(Rig rig, int seed)
    {
        await using var before = await rig.WriteAsync("shapes", seed);
        await before.AdvanceAsync(200);
        await using var migration = rig.Migrate("--reversible");
        migration.Start();
        await migration.ReachAsync("inSync");
        _ = await before.StopAsync();
        await migration.CutOverAsync();
    }
}
