using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What the engine asks of a cluster, asked of routers.</summary>
public sealed class ShardedClusterTests
{
    private const int TransactionTooOld = 225;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact, Requirement("S17")]
    public async Task A_fence_refuses_lower_numbers_on_every_shard()
    {
        await using var cluster = await StartAsync();
        await using var destination = await OpenDestinationAsync(cluster);
        var session = Guid.NewGuid();

        await destination.FenceAsync(new(session, 10), Token);

        for (var shard = 0; shard < cluster.Shards.Count; shard++)
        {
            (await WriteOnShardAsync(cluster, shard, session, 9)).ShouldBe(TransactionTooOld);
            (await WriteOnShardAsync(cluster, shard, session, 11)).ShouldBe(0);
        }
    }

    [Fact, Requirement("S17")]
    public async Task A_fence_whose_chunk_was_moved_is_not_taken_for_one_and_is_laid_out_anew()
    {
        await using var cluster = await StartAsync();
        await using var destination = await OpenDestinationAsync(cluster);
        await destination.FenceAsync(new(Guid.NewGuid(), 10), Token);
        _ = await Admin(cluster)
            .RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "moveChunk", "godwit_reserved.fences" },
                    { "find", new BsonDocument("shard", "s1") },
                    { "to", "s0" },
                    { "_waitForDelete", true },
                },
                null,
                Token
            );
        var session = Guid.NewGuid();

        var misplaced = await Should.ThrowAsync<ClusterException>(destination.FenceAsync(new(session, 10), Token));
        misplaced.Kind.ShouldBe(FaultKind.Transient);
        await destination.FenceAsync(new(session, 10), Token);

        (await WriteOnShardAsync(cluster, 1, session, 9)).ShouldBe(TransactionTooOld);
    }

    [Fact, Requirement("S22")]
    public async Task Of_a_fence_the_oldest_of_all_shards_is_told_and_none_where_a_shard_has_none()
    {
        await using var cluster = await StartAsync();
        await using var destination = await OpenDestinationAsync(cluster);
        var session = Guid.NewGuid();
        (await destination.ReadFenceAsync(session, Token)).ShouldBe(0);
        await destination.FenceAsync(new(session, 10), Token);
        await destination.FenceAsync(new(session, 12), Token);
        (await destination.ReadFenceAsync(session, Token)).ShouldBe(12);

        var fences = Client(cluster).GetDatabase("godwit_reserved").GetCollection<BsonDocument>("fences");
        var ofOne = new BsonDocument { { "_id", $"{session}/s1" }, { "shard", "s1" } };
        var older = new BsonDocument("$set", new BsonDocument("number", 10L));
        _ = await fences.UpdateOneAsync(ofOne, older, null, Token);
        (await destination.ReadFenceAsync(session, Token)).ShouldBe(10);

        _ = await fences.DeleteOneAsync(ofOne, Token);
        (await destination.ReadFenceAsync(session, Token)).ShouldBe(0);
    }

    [Fact, Requirement("S2")]
    public async Task Ranges_come_in_the_order_of_their_ids_whatever_shard_they_are_on()
    {
        await using var cluster = await StartAsync();
        await FillAsync(cluster);
        await using var source = new MongoSource(MongoAddress.Parse(cluster.ConnectionString), TimeProvider.System);
        var listed = (await source.ListCatalogueAsync(null, Token)).Collections.Single();
        listed.ShardKey.ShouldNotBeNull().Pattern.First().Name.ShouldBe("k");
        listed.MayRepeatIds.ShouldBeTrue();
        var now = (await source.IdentifyAsync(Token)).OperationTime;

        var ids = new List<long>();
        await foreach (
            var batch in source.ReadRangeAsync(
                new(listed.Address, now, RawValue.Int32(10), RawValue.Int32(90), DocumentBytes: 1_000_000),
                Token
            )
        )
        {
            foreach (var document in batch)
            {
                ids.Add(document["_id"].ToInt64()!.Value);
            }
        }

        ids.ShouldBe(Enumerable.Range(10, 80).Select(id => (long)id));
        (await source.MeasureAsync(listed.Address, Token)).Documents.ShouldBe(100);
        (await source.ReadKeyBoundsAsync(listed.Address, listed.ShardKey, Token)).Count.ShouldBe(1);
    }

    [Fact, Requirement("S34")]
    public async Task The_window_of_a_sharded_source_is_that_of_its_shards()
    {
        await using var cluster = await StartAsync();
        await using var source = new MongoSource(MongoAddress.Parse(cluster.ConnectionString), TimeProvider.System);

        var window = await source.ReadOplogWindowAsync(Token);

        window.Newest.ShouldBeGreaterThan(window.Oldest);
        window.Oldest.ShouldBeGreaterThan(ClusterTime.Zero);
    }

    [Fact, Requirement("S20")]
    public async Task Every_router_of_a_cluster_names_the_same_cluster_and_a_shard_alone_is_known_as_one()
    {
        await using var cluster = await ShardedSandbox.StartAsync(new() { Routers = 2 }, Token);
        var facts = new List<ClusterFacts>();
        foreach (var port in cluster.RouterPorts)
        {
            facts.Add(await ClusterInspector.InspectAsync($"mongodb://127.0.0.1:{port}/", TimeProvider.System, Token));
        }

        facts[0].Identity.ShouldNotBeNull();
        facts[1].Identity.ShouldBe(facts[0].Identity);
        facts[0].Shards.ShouldBe(["s0", "s1"]);
        facts[0].SilentShards.ShouldBeEmpty();
        facts[0].OplogWindow.ShouldNotBeNull();
        PreflightChecks
            .Run(facts[0], facts[1], new())
            .Where(one => one.State == FindingState.Failed)
            .Select(one => one.Id)
            .ShouldBe(["same-cluster"]);
        var shard = await ClusterInspector.InspectAsync(cluster.Shards[0].ConnectionString, TimeProvider.System, Token);
        shard.IsPartOfSharded.ShouldBeTrue();
    }

    [Fact, Requirement("S13")]
    public async Task Every_shard_gets_a_part_of_a_collection_before_anything_is_written()
    {
        await using var cluster = await StartAsync();
        await using var destination = await OpenDestinationAsync(cluster);
        var name = new Namespace("shop", "orders");
        _ = await destination.CreateCollectionAsync(name, RawDocument.Empty, Token);
        var key = new ShardKey(new DocumentBuilder { { "k", 1 } }.Build(), IsUnique: false);
        RawDocument[] bounds = [.. Enumerable.Range(1, 9).Select(k => new DocumentBuilder { { "k", k * 10 } }.Build())];

        for (var again = 0; again < 2; again++)
        {
            await destination.ShardCollectionAsync(name, key, bounds, Token);
        }

        var chunks = await Client(cluster)
            .GetDatabase("config")
            .GetCollection<BsonDocument>("chunks")
            .Find(new BsonDocument())
            .Sort(new BsonDocument("min", 1))
            .ToListAsync(Token);
        var mine = chunks.Where(chunk => chunk["min"].AsBsonDocument.Contains("k")).ToList();
        mine.Select(chunk => chunk["shard"].AsString).Distinct().Count().ShouldBe(2);
        mine[1]["min"]["k"].ShouldBe(50);
    }

    private static Task<ShardedSandbox> StartAsync() => ShardedSandbox.StartAsync(new(), Token);

    private static MongoClient Client(ShardedSandbox cluster) => new(cluster.ConnectionString);

    private static IMongoDatabase Admin(ShardedSandbox cluster) => Client(cluster).GetDatabase("admin");

    private static async Task<MongoDestination> OpenDestinationAsync(ShardedSandbox cluster)
    {
        var destination = new MongoDestination(MongoAddress.Parse(cluster.ConnectionString), TimeProvider.System);
        _ = await destination.ProbeAsync(Token);
        return destination;
    }

    /// <summary>A hundred documents; those with an even _id are on one shard, the odd ones on the other.</summary>
    private static async Task FillAsync(ShardedSandbox cluster)
    {
        foreach (
            var command in new[]
            {
                new BsonDocument { { "shardCollection", "shop.orders" }, { "key", new BsonDocument("k", 1) } },
                new BsonDocument { { "split", "shop.orders" }, { "middle", new BsonDocument("k", 1) } },
            }
        )
        {
            _ = await Admin(cluster).RunCommandAsync<BsonDocument>(command, null, Token);
        }

        var chunk = await Client(cluster)
            .GetDatabase("config")
            .GetCollection<BsonDocument>("chunks")
            .Find(new BsonDocument("min.k", 1))
            .SingleAsync(Token);
        var other = chunk["shard"] == "s0" ? "s1" : "s0";
        _ = await Admin(cluster)
            .RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "moveChunk", "shop.orders" },
                    { "find", new BsonDocument("k", 1) },
                    { "to", other },
                },
                null,
                Token
            );
        await Client(cluster)
            .GetDatabase("shop")
            .GetCollection<BsonDocument>("orders")
            .InsertManyAsync(
                Enumerable.Range(0, 100).Select(id => new BsonDocument { { "_id", id }, { "k", id % 2 } }),
                null,
                Token
            );
    }

    /// <summary>A retryable write in a session on a shard's primary, past the routers; 0 or its error code.</summary>
    private static async Task<int> WriteOnShardAsync(ShardedSandbox cluster, int shard, Guid session, long number)
    {
        var command = new BsonDocument
        {
            { "update", "late" },
            {
                "updates",
                new BsonArray
                {
                    new BsonDocument
                    {
                        { "q", new BsonDocument("_id", 1) },
                        { "u", new BsonDocument("$set", new BsonDocument("n", number)) },
                        { "upsert", true },
                    },
                }
            },
            { "lsid", new BsonDocument("id", new BsonBinaryData(session, GuidRepresentation.Standard)) },
            { "txnNumber", number },
        };
        await using var connection = await Wire.Client.WireConnection.OpenAsync(
            $"127.0.0.1:{cluster.Shards[shard].Ports[cluster.Shards[shard].PrimaryIndex]}",
            new(),
            Token
        );
        var body = new RawDocument(command.Add("$db", "late").ToBson());
        using var reply = await connection.RunAsync(body, Token);
        return (int)(reply.Body["code"].ToInt64() ?? 0);
    }
}
