using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>Shards, collections and chunks of a cluster as tests look at them and move them.</summary>
internal static class ShardLayout
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The replica set, or that of a shard chosen by chance, to be troubled.</summary>
    public static async Task<TestCluster> SetAsync(TestCluster cluster, Random random)
    {
        if (!IsSharded(cluster))
        {
            return SandboxCluster.OfSet(cluster.ConnectionString);
        }

        var shards = await Config(cluster, "shards").Find(new BsonDocument()).ToListAsync(Cancellation);
        var hosts = shards[random.Next(shards.Count)]["host"].AsString.Split('/');
        return SandboxCluster.OfSet($"mongodb://{hosts[1]}/?replicaSet={hosts[0]}");
    }

    public static bool IsSharded(TestCluster cluster) =>
        !cluster.ConnectionString.Contains("replicaSet", StringComparison.Ordinal);

    /// <summary>By hand, against the stopped balancer: what is written to a moving chunk must not be lost either (S13).</summary>
    public static async Task MoveChunksAsync(TestCluster destination)
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
        await Condition.UntilAsync(
            () => TryMoveAsync(destination, move),
            () => $"{collection} {chunk} does not go to {shard}",
            Rig.Patience,
            Cancellation
        );
    }

    /// <summary>False while the server still deletes what an earlier move has left on the shard it is to go to.</summary>
    private static async Task<bool> TryMoveAsync(TestCluster destination, BsonDocument move)
    {
        try
        {
            await destination.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(move, null, Cancellation);
            return true;
        }
        catch (MongoCommandException refused) when (refused.Message.Contains("same _id", StringComparison.Ordinal))
        {
            // A document of the chunk has just been written to that shard under another key.
            TestContext.Current.TestOutputHelper?.WriteLine(refused.Message);
            return true;
        }
        catch (MongoCommandException late) when (late.Message.Contains("orphans cleanup", StringComparison.Ordinal))
        {
            return false;
        }
    }

    public static async Task<List<BsonDocument>> ShardedCollectionsAsync(TestCluster cluster) =>
        await Config(cluster, "collections")
            .Find(new BsonDocument("_id", new BsonRegularExpression("^work\\.")))
            .ToListAsync(Cancellation);

    public static async Task<List<string>> ShardsAsync(TestCluster cluster)
    {
        var shards = await Config(cluster, "shards").Find(new BsonDocument()).ToListAsync(Cancellation);
        return [.. shards.Select(shard => shard["_id"].AsString)];
    }

    public static Task<List<BsonDocument>> ChunksAsync(TestCluster cluster, BsonDocument collection) =>
        Config(cluster, "chunks").Find(new BsonDocument("uuid", collection["uuid"])).ToListAsync(Cancellation);

    private static IMongoCollection<BsonDocument> Config(TestCluster cluster, string collection) =>
        cluster.Client.GetDatabase("config").GetCollection<BsonDocument>(collection);
}
