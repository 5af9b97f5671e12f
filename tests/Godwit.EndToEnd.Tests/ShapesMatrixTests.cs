using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Every pair of shapes in which one is sharded, troubled while it copies, while it applies and while it cuts over, under writes and definitions that change;
/// compared byte for byte by pymongo, and nothing had to be healed.
/// </summary>
[Requirement("H07")]
[Requirement("D04")]
public sealed class ShapesMatrixTests
{
    private static readonly (string Source, string Destination)[] Shapes =
    [
        ("replica set", "two shards"),
        ("two shards", "replica set"),
        ("two shards", "three shards"),
        ("three shards", "two shards"),
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

    /// <summary>What comes.</summary>
    public enum Trouble
    {
        /// <summary>The migrating process dies and is started again.</summary>
        EngineKilled,

        /// <summary>The primary of a set dies, of a shard where there are any, and comes back.</summary>
        PrimaryKilled,

        /// <summary>The primary of a set is cut off from the other members.</summary>
        PrimaryPartitioned,

        /// <summary>The primary of a set steps down.</summary>
        PrimarySteppedDown,

        /// <summary>Every chunk of the destination is moved to another shard; those of the source move all the time.</summary>
        ChunksMoved,
    }

    public static TheoryData<string, string, Instant, Trouble, int> Few =>
        new()
        {
            { "replica set", "two shards", Instant.Applying, Trouble.PrimaryKilled, 801 },
            { "two shards", "three shards", Instant.CuttingOver, Trouble.EngineKilled, 802 },
        };

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
                        rows.Add(source, destination, instant, trouble, seed++);
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
        var onSource = trouble != Trouble.ChunksMoved && random.Next(2) == 0;
        await using var rig = await Rig.StartPairAsync(Options(source, onSource), Options(destination, !onSource));
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
        await using (await BefallAsync(onSource ? rig.Source : rig.Destination, migration, trouble, random))
        {
            await Task.Delay(random.Next(500, 2500), Cancellation);
        }

        if (instant != Instant.CuttingOver)
        {
            await migration.ReachAsync("inSync");
            await workload.AdvanceAsync(300);
            _ = await workload.StopAsync();
        }

        await FinishAsync(migration);
        await rig.ShouldBeIdenticalAsync();
        (migration.Newest().Differences, migration.Newest().Healed).ShouldBe((0, 0), migration.Program.Describe());
    }

    /// <summary>Sets of three members on the side that trouble comes to, so that one can be missed.</summary>
    private static string[] Options(string shape, bool isTroubled)
    {
        var members = isTroubled ? "3" : "1";
        return shape switch
        {
            "two shards" => ["--sharded", "2x" + members, "--mongos", "1"],
            "three shards" => ["--sharded", "3x" + members, "--mongos", "1"],
            _ => ["--replica-set", members],
        };
    }

    private static async Task<IAsyncDisposable> BefallAsync(
        TestCluster cluster,
        Migration migration,
        Trouble trouble,
        Random random
    )
    {
        var nothing = new Undo(() => Task.CompletedTask);
        switch (trouble)
        {
            case Trouble.EngineKilled:
                await migration.KillAsync();
                migration.Start();
                return nothing;
            case Trouble.ChunksMoved:
                await ShardLayout.MoveChunksAsync(cluster);
                return nothing;
            case Trouble.PrimarySteppedDown:
                await using (var set = await ShardLayout.SetAsync(cluster, random))
                {
                    await set.StepDownAsync(Cancellation);
                }

                return nothing;
            default:
                var fault = trouble == Trouble.PrimaryKilled ? MemberFault.Killed : MemberFault.Partitioned;
                var troubled = await ShardLayout.SetAsync(cluster, random);
                var end = await troubled.DisturbAsync(fault, isPrimary: true, Cancellation);
                return new Undo(async () =>
                {
                    await end.DisposeAsync();
                    await troubled.DisposeAsync();
                });
        }
    }

    /// <summary>A cutover that trouble gave up is asked for again, until it is made.</summary>
    private static async Task FinishAsync(Migration migration)
    {
        await Condition.UntilAsync(
            async () =>
            {
                if (!migration.Program.HasExited)
                {
                    await migration.WishForCutoverAsync();
                }

                return migration.Program.HasExited;
            },
            () => $"it does not end: {migration.Program.Describe()}",
            Rig.Patience,
            Cancellation
        );
        (await migration.ExitAsync()).ShouldBe(0, migration.Program.Describe());
    }
}
