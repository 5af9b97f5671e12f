using Godwit.Engine.Mongo.Inspection;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What is told of each shard while a migration runs.</summary>
[Requirement("D01")]
public sealed class ShardSurveyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Documents_chunks_members_and_oplog_of_each_shard_are_told()
    {
        await using var cluster = await ShardedSandbox.StartAsync(new() { Shards = 2 }, Token);
        using var client = new MongoClient(cluster.ConnectionString);
        var shard = new BsonDocument
        {
            { "shardCollection", "shop.orders" },
            { "key", new BsonDocument("_id", "hashed") },
        };
        _ = await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(shard, null, Token);
        await client
            .GetDatabase("shop")
            .GetCollection<BsonDocument>("orders")
            .InsertManyAsync(Enumerable.Range(0, 100).Select(i => new BsonDocument("_id", i)), null, Token);

        var seen = await ShardSurvey.TakeAsync(cluster.ConnectionString, asksShards: true, Token);
        seen.Count.ShouldBe(2);
        seen.Sum(one => one.Documents).ShouldBe(100);
        seen.ShouldAllBe(one => one.Documents > 0 && one.DataBytes > 0 && one.Chunks > 0);
        seen.ShouldAllBe(one => one.Members == 1 && one.OplogWindow != null && one.Fault == null);

        var through = await ShardSurvey.TakeAsync(cluster.ConnectionString, asksShards: false, Token);
        through.Sum(one => one.Documents).ShouldBe(100);
        through.ShouldAllBe(one => one.Members == null && one.Fault == null);
    }

    [Fact]
    public async Task A_replica_set_has_none()
    {
        await using var cluster = await SandboxCluster.StartAsync(new() { Members = 1 }, Token);
        (await ShardSurvey.TakeAsync(cluster.ConnectionString, asksShards: true, Token)).ShouldBeEmpty();
    }
}
