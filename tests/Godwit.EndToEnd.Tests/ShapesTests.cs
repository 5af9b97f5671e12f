using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Replica sets and sharded clusters, each to each: under writes that change shard keys and run transactions over several shards, while
/// chunks move on whichever side has them; compared byte for byte by pymongo through routers.
/// </summary>
public sealed class ShapesTests
{
    private static readonly string[] TwoShards = ["--sharded", "2x1", "--mongos", "1"];
    private static readonly string[] ThreeShards = ["--sharded", "3x1", "--mongos", "2"];

    public static TheoryData<string, string, int> Pairs =>
        new()
        {
            { "two shards", "replica set", 31 },
            { "replica set", "two shards", 32 },
            { "two shards", "three shards", 33 },
            { "three shards", "two shards", 34 },
        };

    /// <summary>Those between sharded clusters are left out: they are killed in every phase under the same writes.</summary>
    public static TheoryData<string, string, int> BusyPairs => [.. Pairs.Take(2)];

    public static TheoryData<string, string, int> FewPairs => new() { { "two shards", "three shards", 43 } };

    public static TheoryData<string, string, int> ManyPairs => [.. Pairs.Select(row => Seeded(row.Data, 100))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(BusyPairs))]
    [Requirement("S9")]
    [Requirement("S12")]
    [Requirement("S13")]
    [Requirement("S23")]
    [Requirement("S34")]
    public async Task A_busy_source_arrives_whole_on_another_shape_while_chunks_move(
        string source,
        string destination,
        int seed
    )
    {
        await using var rig = await Rig.StartPairAsync(Options(source), Options(destination));
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("sharded", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate();
        migration.Start();

        await migration.ReachAsync("inSync");
        await ShouldBeShardedAsOnSourceAsync(rig);
        await ShardLayout.MoveChunksAsync(rig.Destination);
        await workload.AdvanceAsync(1200);
        (await workload.StopAsync()).ShouldBeGreaterThan(0);
        await migration.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        migration.Newest().Differences.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(FewPairs))]
    [Requirement("H07")]
    [Requirement("S10")]
    [Requirement("S16")]
    [Requirement("S17")]
    public Task Killed_in_every_phase_it_goes_on_where_it_was(string source, string destination, int seed) =>
        KillAndResumeAsync(source, destination, seed);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(ManyPairs))]
    [Requirement("H07")]
    [Requirement("S16")]
    [Requirement("S17")]
    public Task Killed_in_every_phase_at_other_instants_it_goes_on_where_it_was(
        string source,
        string destination,
        int seed
    ) => KillAndResumeAsync(source, destination, seed);

    private static async Task KillAndResumeAsync(string source, string destination, int seed)
    {
        var random = new Random(seed);
        await using var rig = await Rig.StartPairAsync(Options(source), Options(destination));
        await new StillData(rig).FillAsync();
        await using var workload = await rig.WriteAsync("sharded", seed);
        await workload.AdvanceAsync(400);
        await using var migration = rig.Migrate("--change-streams", $"{1 + (seed % 3)}");
        foreach (var phase in new[] { "preparing", "copying", "applying", "inSync" })
        {
            migration.Start();
            _ = await migration.ReachAsync(phase);
            await Task.Delay(random.Next(0, 700), Cancellation);
            await migration.KillAsync();
        }

        migration.Start();
        await migration.ReachAsync("inSync");
        await workload.AdvanceAsync(400);
        _ = await workload.StopAsync();
        await migration.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        migration.Newest().Differences.ShouldBe(0);
    }

    private static string[] Options(string shape) =>
        shape switch
        {
            "two shards" => TwoShards,
            "three shards" => ThreeShards,
            _ => Rig.OneMember,
        };

    private static (string Source, string Destination, int Seed) Seeded((string, string, int) row, int further) =>
        (row.Item1, row.Item2, row.Item3 + further);

    /// <summary>The same collections by the same keys, each shard of the destination with a part of each.</summary>
    private static async Task ShouldBeShardedAsOnSourceAsync(Rig rig)
    {
        if (!ShardLayout.IsSharded(rig.Destination))
        {
            return;
        }

        var wanted = ShardLayout.IsSharded(rig.Source) ? await ShardLayout.ShardedCollectionsAsync(rig.Source) : [];
        var found = await ShardLayout.ShardedCollectionsAsync(rig.Destination);
        found
            .Select(one => (one["_id"], one["key"], one["unique"]))
            .ShouldBe(wanted.Select(one => (one["_id"], one["key"], one["unique"])), ignoreOrder: true);
        var shards = await ShardLayout.ShardsAsync(rig.Destination);
        foreach (var collection in found)
        {
            var chunks = await ShardLayout.ChunksAsync(rig.Destination, collection);
            chunks.Select(chunk => chunk["shard"].AsString).Distinct().Count().ShouldBe(shards.Count);
        }
    }
}
