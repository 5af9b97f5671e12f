using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
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

    public static TheoryData<string, string, int> FewPairs =>
        new() { { "two shards", "replica set", 41 }, { "two shards", "three shards", 43 } };

    public static TheoryData<string, string, int> ManyPairs => [.. Pairs.Select(row => Seeded(row.Data, 100))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Pairs))]
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
        await MoveChunksOfCopyAsync(rig.Destination);
        await workload.AdvanceAsync(1200);
        (await workload.StopAsync()).ShouldBeGreaterThan(0);
        await migration.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        migration.Newest().Differences.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(FewPairs))]
    [Requirement("H07")]
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
        await using var migration = rig.Migrate();
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

    private static bool IsSharded(TestCluster cluster) =>
        !cluster.ConnectionString.Contains("replicaSet", StringComparison.Ordinal);

    /// <summary>By hand, against the stopped balancer: what is written to a moving chunk must not be lost either (S13).</summary>
    private static async Task MoveChunksOfCopyAsync(TestCluster destination)
    {
        if (!IsSharded(destination))
        {
            return;
        }

        foreach (var collection in await ShardedCollectionsAsync(destination))
        {
            var shards = await ShardsAsync(destination);
            foreach (var chunk in await ChunksAsync(destination, collection))
            {
                var other = shards[(shards.IndexOf(chunk["shard"].AsString) + 1) % shards.Count];
                await MoveAsync(destination, collection["_id"].AsString, chunk, other);
            }
        }
    }

    private static async Task MoveAsync(TestCluster destination, string collection, BsonDocument chunk, string shard)
    {
        var move = new BsonDocument
        {
            { "moveChunk", collection },
            {
                "bounds",
                new BsonArray { chunk["min"], chunk["max"] }
            },
            { "to", shard },
            { "_waitForDelete", true },
        };
        try
        {
            await destination.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(move, null, Cancellation);
        }
        catch (MongoCommandException refused) when (refused.Message.Contains("same _id", StringComparison.Ordinal))
        {
            // A document of the chunk has just been written to that shard under another key.
            TestContext.Current.TestOutputHelper?.WriteLine(refused.Message);
        }
    }

    /// <summary>The same collections by the same keys, each shard of the destination with a part of each.</summary>
    private static async Task ShouldBeShardedAsOnSourceAsync(Rig rig)
    {
        if (!IsSharded(rig.Destination))
        {
            return;
        }

        var wanted = IsSharded(rig.Source) ? await ShardedCollectionsAsync(rig.Source) : [];
        var found = await ShardedCollectionsAsync(rig.Destination);
        found
            .Select(one => (one["_id"], one["key"], one["unique"]))
            .ShouldBe(wanted.Select(one => (one["_id"], one["key"], one["unique"])), ignoreOrder: true);
        var shards = await ShardsAsync(rig.Destination);
        foreach (var collection in found)
        {
            var chunks = await ChunksAsync(rig.Destination, collection);
            chunks.Select(chunk => chunk["shard"].AsString).Distinct().Count().ShouldBe(shards.Count);
        }
    }

    private static async Task<List<BsonDocument>> ShardedCollectionsAsync(TestCluster cluster) =>
        await Config(cluster, "collections")
            .Find(new BsonDocument("_id", new BsonRegularExpression("^work\\.")))
            .ToListAsync(Cancellation);

    private static async Task<List<string>> ShardsAsync(TestCluster cluster)
    {
        var shards = await Config(cluster, "shards").Find(new BsonDocument()).ToListAsync(Cancellation);
        return [.. shards.Select(shard => shard["_id"].AsString)];
    }

    private static Task<List<BsonDocument>> ChunksAsync(TestCluster cluster, BsonDocument collection) =>
        Config(cluster, "chunks").Find(new BsonDocument("uuid", collection["uuid"])).ToListAsync(Cancellation);

    private static IMongoCollection<BsonDocument> Config(TestCluster cluster, string collection) =>
        cluster.Client.GetDatabase("config").GetCollection<BsonDocument>(collection);
}
