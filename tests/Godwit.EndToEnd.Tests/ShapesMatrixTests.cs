using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Every pair of shapes, troubled while it copies, while it applies and while it cuts over, under writes and definitions that change;
/// compared byte for byte by pymongo, and nothing had to be healed.
/// </summary>
[Requirement("H07")]
[Requirement("D04")]
public sealed class ShapesMatrixTests
{
    private static readonly (string Source, string Destination)[] Shapes =
    [
        (Troubles.ReplicaSet, Troubles.TwoShards),
        (Troubles.TwoShards, Troubles.ReplicaSet),
        (Troubles.TwoShards, Troubles.ThreeShards),
        (Troubles.ThreeShards, Troubles.TwoShards),
        (Troubles.TwoShards, Troubles.TwoShards),
        (Troubles.ReplicaSet, Troubles.ReplicaSet),
    ];

    /// <summary>When trouble comes.</summary>
    public enum Instant
    {
        /// <summary>While ranges are copied.</summary>
        Copying,

        /// <summary>While changes are applied and both sides compared.</summary>
        Applying,

        /// <summary>After the cutover was asked for.</summary>
        CuttingOver,
    }

    public static TheoryData<string, string, Instant, Trouble, int> Few =>
        new() { { Troubles.ReplicaSet, Troubles.TwoShards, Instant.Applying, Trouble.PrimaryKilled, 801 } };

    public static TheoryData<string, string, Instant, Trouble, int> All
    {
        get
        {
            var rows = new TheoryData<string, string, Instant, Trouble, int>();
            var seed = 900;
            foreach (var (source, destination) in Shapes)
            {
                foreach (var instant in Enum.GetValues<Instant>())
                {
                    foreach (var trouble in Enum.GetValues<Trouble>())
                    {
                        if (trouble != Trouble.ChunksMoved || (source, destination) != Shapes[^1])
                        {
                            rows.Add(source, destination, instant, trouble, seed);
                        }

                        seed++;
                    }
                }
            }

            return rows;
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Few))]
    public Task Trouble_in_a_few_places_is_survived(
        string source,
        string destination,
        Instant instant,
        Trouble trouble,
        int seed
    ) => MigrateAsync(source, destination, instant, trouble, seed);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(All))]
    public Task Trouble_anywhere_is_survived(
        string source,
        string destination,
        Instant instant,
        Trouble trouble,
        int seed
    ) => MigrateAsync(source, destination, instant, trouble, seed);

    private static async Task MigrateAsync(
        string source,
        string destination,
        Instant instant,
        Trouble trouble,
        int seed
    )
    {
        var random = new Random(seed);
        // Of two sides that can be troubled chance chooses; only a sharded one has chunks to be moved.
        var onSource = random.Next(2) == 0;
        onSource = trouble == Trouble.ChunksMoved ? destination == Troubles.ReplicaSet : onSource;
        await using var rig = await Rig.StartPairAsync(
            Troubles.Options(source, onSource),
            Troubles.Options(destination, !onSource)
        );
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("shapes", seed);
        await workload.AdvanceAsync(300);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync(instant == Instant.Copying ? "copying" : "inSync");
        if (instant == Instant.CuttingOver)
        {
            _ = await workload.StopAsync();
            await migration.WishForCutoverAsync();
        }

        // The one fixed wait: the instant of the trouble, which the seed chooses.
        await Task.Delay(random.Next(0, 500), Cancellation);
        await using (await Troubles.BefallAsync(onSource ? rig.Source : rig.Destination, migration, trouble, random))
        {
            await Task.Delay(random.Next(500, 2500), Cancellation);
        }

        if (instant != Instant.CuttingOver)
        {
            await migration.ReachAsync("inSync");
            await workload.AdvanceAsync(300);
            _ = await workload.StopAsync();
        }

        await Troubles.FinishAsync(migration);
        await rig.ShouldBeIdenticalAsync();
        (migration.Newest().Differences, migration.Newest().Healed).ShouldBe((0, 0), migration.Program.Describe());
    }
}
