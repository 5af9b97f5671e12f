using Godwit.Bson;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Ports;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;
using BsonType = Godwit.Bson.BsonType;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>How a destination's shards get even parts of what was not sharded before.</summary>
[Requirement("S13")]
public sealed class SpreadingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Databases_get_their_primary_shards_in_turn()
    {
        await using var cluster = await ShardedSandbox.StartAsync(new() { Shards = 3 }, Token);
        await using var destination = new MongoDestination(
            MongoAddress.Parse(cluster.ConnectionString),
            TimeProvider.System
        );

        foreach (var database in new[] { "a", "b", "c", "d", "a" })
        {
            await destination.PlaceDatabaseAsync(database, Token);
        }

        using var client = new MongoClient(cluster.ConnectionString);
        var entries = await client
            .GetDatabase("config")
            .GetCollection<BsonDocument>("databases")
            .Find(new BsonDocument())
            .Sort(new BsonDocument("_id", 1))
            .ToListAsync(Token);
        entries
            .Select(entry => (entry["_id"].AsString, entry["primary"].AsString))
            .ShouldBe([("a", "s0"), ("b", "s1"), ("c", "s2"), ("d", "s0")]);
    }

    [Fact]
    public async Task Keys_of_a_replica_set_are_sampled_in_the_order_of_shard_keys()
    {
        await using var cluster = await SandboxCluster.StartAsync(new(), Token);
        using var client = new MongoClient(cluster.ConnectionString);
        await client
            .GetDatabase("shop")
            .GetCollection<BsonDocument>("orders")
            .InsertManyAsync(Enumerable.Range(0, 300).Select(Order), null, Token);
        await using var source = new MongoSource(MongoAddress.Parse(cluster.ConnectionString), TimeProvider.System);
        var listed = (await source.ListCatalogueAsync(null, Token)).Collections.Single();
        var key = new ShardKey(new DocumentBuilder { { "place.k", 1 }, { "z", "hashed" } }.Build(), IsUnique: false);

        var bounds = await source.ReadKeyBoundsAsync(listed.Address, key, Token);

        bounds.Count.ShouldBe(300);
        bounds
            .Take(100)
            .ShouldAllBe(bound => bound["place.k"].Type == BsonType.Null && bound["z"].Type == BsonType.MinKey);
        bounds
            .Skip(100)
            .Select(bound => bound["place.k"].ToInt64())
            .ShouldBe(Enumerable.Range(0, 200).Select(k => (long?)(k / 2)));
        (await source.ReadKeyBoundsAsync(listed.Address, Hashed, Token)).ShouldBeEmpty();
    }

    [Fact, Requirement("B06")]
    public async Task Indexes_of_the_collections_that_are_to_be_sharded_are_inspected()
    {
        await using var cluster = await SandboxCluster.StartAsync(new(), Token);
        using var client = new MongoClient(cluster.ConnectionString);
        var orders = client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        await orders.InsertOneAsync(Order(1), null, Token);
        _ = await orders.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("z", 1)),
            null,
            Token
        );

        var facts = await ClusterInspector.InspectAsync(
            cluster.ConnectionString,
            TimeProvider.System,
            Token,
            [new("shop", "orders")]
        );

        facts
            .Namespaces.Single()
            .Indexes.ShouldNotBeNull()
            .Select(index => index["name"].AsString)
            .ShouldBe(["_id_", "z_1"]);
    }

    private static ShardKey Hashed => new(new DocumentBuilder { { "z", "hashed" } }.Build(), IsUnique: false);

    /// <summary>A third of them without the key's field.</summary>
    private static BsonDocument Order(int id) =>
        id % 3 == 0
            ? new() { { "_id", id }, { "z", id } }
            : new()
            {
                { "_id", id },
                { "z", id },
                { "place", new BsonDocument("k", id / 3) },
            };
}
