using Godwit.Engine.Mongo.Connections;
using Godwit.Sandbox;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>A sharded source gets another shard and loses one while it is migrated (L29, L36).</summary>
[Requirement("S34")]
public sealed class ShardsComeAndGoTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_to_a_shard_that_came_and_what_leaves_one_that_goes_arrives()
    {
        await using var from = await ShardedSandbox.StartAsync(
            new() { SpareSets = 1, PeriodicNoOp = TimeSpan.FromSeconds(1) },
            Token
        );
        await MigrateAsync(
            from,
            async client =>
            {
                var shop = client.GetDatabase("shop");
                await AdminAsync(
                    client,
                    new() { { "addShard", $"s2/127.0.0.1:{from.SpareSets[0].Ports[0]}" }, { "name", "s2" } }
                );
                await MoveAsync(client, 150, "s2");
                await FillAsync(shop, "orders", 200, 50);
                await ChangeAsync(shop);
                _ = await RemoveAsync(client);
                await AdminAsync(client, new() { { "movePrimary", "shop" }, { "to", "s2" } });
                await FillAsync(shop, "small", 20, 10);
                await Condition.UntilAsync(
                    async () => (await RemoveAsync(client))["state"] == "completed",
                    () => "s1 is not removed",
                    Limit,
                    Token
                );
                await FillAsync(shop, "orders", 250, 50);
                await FillAsync(shop, "small", 30, 10);
            }
        );
    }

    /// <summary>The config servers hold data for a while, twice (L36).</summary>
    [Fact]
    public async Task What_is_written_to_config_servers_while_they_are_a_shard_arrives()
    {
        await using var from = await ShardedSandbox.StartAsync(new() { PeriodicNoOp = TimeSpan.FromSeconds(1) }, Token);
        await MigrateAsync(
            from,
            async client =>
            {
                var shop = client.GetDatabase("shop");
                for (var round = 0; round < 2; round++)
                {
                    await AdminAsync(client, new("transitionFromDedicatedConfigServer", 1));
                    await MoveAsync(client, 150, "config");
                    await AdminAsync(client, new() { { "movePrimary", "shop" }, { "to", "config" } });
                    await FillAsync(shop, "orders", 200 + (round * 50), 25);
                    await FillAsync(shop, "small", 20 + (round * 10), 5);
                    await ChangeAsync(shop);
                    (await DedicateAsync(client))["state"].AsString.ShouldBe("started");
                    await MoveAsync(client, 150, "s1");
                    await FillAsync(shop, "orders", 225 + (round * 50), 25);
                    (await DedicateAsync(client))["state"].AsString.ShouldBe("ongoing");
                    await AdminAsync(client, new() { { "movePrimary", "shop" }, { "to", "s1" } });
                    await Condition.UntilAsync(
                        async () => (await DedicateAsync(client))["state"] == "completed",
                        () => "the config servers are not dedicated",
                        Limit,
                        Token
                    );
                    await FillAsync(shop, "small", 25 + (round * 10), 5);
                }
            }
        );
    }

    private static async Task MigrateAsync(ShardedSandbox from, Func<MongoClient, Task> change)
    {
        await using var to = await StartedCluster.StartAsync(isSharded: false, "rs1", Token);
        using var client = new MongoClient(from.ConnectionString);
        var shop = client.GetDatabase("shop");
        await AdminAsync(client, new() { { "enableSharding", "shop" }, { "primaryShard", "s1" } });
        await AdminAsync(client, new() { { "shardCollection", "shop.orders" }, { "key", new BsonDocument("k", 1) } });
        await AdminAsync(client, new() { { "split", "shop.orders" }, { "middle", new BsonDocument("k", 100) } });
        await MoveAsync(client, 0, "s0");
        await FillAsync(shop, "orders", 0, 200);
        await FillAsync(shop, "small", 0, 20);
        await using var source = new MongoSource(MongoAddress.Parse(from.ConnectionString), TimeProvider.System);
        await using var destination = new MongoDestination(
            MongoAddress.Parse(to.ConnectionString),
            TimeProvider.System
        );
        var settings = new MigrationSettings { VerifyEvery = TimeSpan.FromMilliseconds(200), RangeBytes = 5_000 };
        var migration = new Migration(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
        var run = migration.RunAsync(Token);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);

        await change(client);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        migration.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);

        report.Verdict.Text.ShouldBe("identical", $"{report.Failure?.Message} {report.Verdict.Reason}");
        report.Differences.ShouldBeEmpty();
        using var there = new MongoClient(to.ConnectionString);
        foreach (var (name, count) in new[] { ("orders", 300), ("small", 40) })
        {
            var copy = await ReadAsync(there, name);
            copy.Count.ShouldBe(count, name);
            var original = await ReadAsync(client, name);
            copy.Except(original).ShouldBeEmpty(name);
            original.Except(copy).ShouldBeEmpty(name);
            original.Count.ShouldBe(count, name);
        }
    }

    private static Task MoveAsync(MongoClient client, int key, string shard) =>
        AdminAsync(
            client,
            new()
            {
                { "moveChunk", "shop.orders" },
                { "find", new BsonDocument("k", key) },
                { "to", shard },
                { "_waitForDelete", true },
            }
        );

    private static Task<BsonDocument> DedicateAsync(MongoClient client) =>
        AdminAsync(client, new("transitionToDedicatedConfigServer", 1));

    private static Task<BsonDocument> RemoveAsync(MongoClient client) => AdminAsync(client, new("removeShard", "s1"));

    private static Task<BsonDocument> AdminAsync(MongoClient client, BsonDocument command) =>
        client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Token);

    private static Task FillAsync(IMongoDatabase shop, string name, int from, int count) =>
        shop.GetCollection<BsonDocument>(name)
            .InsertManyAsync(
                Enumerable.Range(from, count).Select(id => new BsonDocument { { "_id", id }, { "k", id % 200 } }),
                null,
                Token
            );

    private static Task ChangeAsync(IMongoDatabase shop) =>
        shop.GetCollection<BsonDocument>("orders")
            .UpdateManyAsync(
                new BsonDocument("_id", new BsonDocument("$lt", 180)),
                new BsonDocument("$set", new BsonDocument("note", "changed")),
                null,
                Token
            );

    private static async Task<List<string>> ReadAsync(MongoClient client, string name)
    {
        var all = await client
            .GetDatabase("shop")
            .GetCollection<RawBsonDocument>(name)
            .Find(new BsonDocument())
            .ToListAsync(Token);
        return [.. all.Select(one => Convert.ToHexString(one.ToBson())).Order(StringComparer.Ordinal)];
    }
}
