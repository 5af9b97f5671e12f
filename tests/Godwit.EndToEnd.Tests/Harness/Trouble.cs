using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>What befalls a migration between two shapes.</summary>
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

    /// <summary>Every chunk of a sharded side is moved to another shard by hand.</summary>
    ChunksMoved,
}

/// <summary>Makes trouble between two shapes of clusters, and ends the migration all the same.</summary>
internal static class Troubles
{
    public const string ReplicaSet = "replica set";
    public const string TwoShards = "two shards";
    public const string ThreeShards = "three shards";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Sets of three members on the side that trouble comes to, so that one can be missed.</summary>
    public static string[] Options(string shape, bool isTroubled)
    {
        var members = isTroubled ? "3" : "1";
        return shape switch
        {
            TwoShards => ["--sharded", "2x" + members, "--mongos", "1"],
            ThreeShards => ["--sharded", "3x" + members, "--mongos", "1"],
            _ => ["--replica-set", members],
        };
    }

    /// <summary>Begins it; what lasts ends when what is returned is disposed.</summary>
    public static async Task<IAsyncDisposable> BefallAsync(
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
    public static async Task FinishAsync(Migration migration)
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
