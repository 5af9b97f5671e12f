using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>What mongosync refuses or leaves out (docs/limitations.md) and nothing else shows.</summary>
public sealed class LiftedLimitationsTests
{
    private static readonly string[] TwoShards = ["--sharded", "2x1", "--periodic-noop-seconds", "1"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S19")]
    public async Task Clustered_collections_that_expire_profiles_and_an_empty_list_of_views_are_in_nobodys_way()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        var database = rig.Source.Client.GetDatabase("shop");
        await RunAsync(
            database,
            new()
            {
                { "create", "clustered" },
                {
                    "clusteredIndex",
                    new BsonDocument { { "key", new BsonDocument("_id", 1) }, { "unique", true } }
                },
                { "expireAfterSeconds", 1_000_000 },
            }
        );
        await FillAsync(database.GetCollection<BsonDocument>("clustered"), 500);
        await RunAsync(database, new() { { "profile", 2 } });
        await RunAsync(database, new() { { "create", "seen" }, { "viewOn", "clustered" } });
        await RunAsync(database, new() { { "drop", "seen" } });

        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("copying");
        await FillAsync(database.GetCollection<BsonDocument>("clustered"), 500, first: 500);
        await RunAsync(rig.Source.Client.GetDatabase("admin"), ApplyOps("shop.clustered"));
        await migration.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        var there = await (
            await rig.Destination.Client.GetDatabase("shop").ListCollectionNamesAsync(null, Cancellation)
        ).ToListAsync(Cancellation);
        there.ShouldBe(["clustered"]);
    }

    /// <summary>Its changes arrive as events like any other (L20).</summary>
    private static BsonDocument ApplyOps(string name)
    {
        return new()
        {
            {
                "applyOps",
                new BsonArray
                {
                    Operation("i", new() { { "_id", 100_000 }, { "came", "by applyOps" } }),
                    Operation("i", new("_id", 100_001)),
                    Operation("u", new() { { "_id", 100_001 }, { "replaced", true } })
                        .Add("o2", new BsonDocument("_id", 100_001)),
                    Operation("i", new("_id", 100_002)),
                    Operation("d", new("_id", 100_002)),
                }
            },
        };

        BsonDocument Operation(string kind, BsonDocument o) =>
            new()
            {
                { "op", kind },
                { "ns", name },
                { "o", o },
            };
    }

    [Fact]
    [Requirement("S19")]
    [Requirement("S2")]
    public async Task A_sharded_collection_with_a_collation_and_as_many_indexes_as_there_can_be_arrives_under_writes()
    {
        await using var rig = await Rig.StartPairAsync(TwoShards, TwoShards);
        var database = rig.Source.Client.GetDatabase("shop");
        await RunAsync(
            database,
            new()
            {
                { "create", "named" },
                {
                    "collation",
                    new BsonDocument { { "locale", "en" }, { "strength", 2 } }
                },
            }
        );
        var named = database.GetCollection<BsonDocument>("named");
        await RunAsync(
            rig.Source.Client.GetDatabase("admin"),
            new()
            {
                { "shardCollection", "shop.named" },
                { "key", new BsonDocument("region", "hashed") },
                { "collation", new BsonDocument("locale", "simple") },
            }
        );
        // 64 with those on _id and on the shard key; one compares byte by byte, as the shard key's does.
        await named.Indexes.CreateManyAsync(
            Enumerable
                .Range(0, 62)
                .Select(n => new CreateIndexModel<BsonDocument>(
                    new BsonDocument($"field{n}", 1),
                    n == 0 ? new() { Collation = Collation.Simple } : new()
                )),
            Cancellation
        );
        await FillAsync(named, 500);

        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("copying");
        for (var n = 0; n < 300; n++)
        {
            var one = Builders<BsonDocument>.Filter.Eq("_id", $"Name {n}");
            _ = await named.UpdateOneAsync(one, Builders<BsonDocument>.Update.Inc("n", 1), null, Cancellation);
        }

        await named.DeleteOneAsync(Builders<BsonDocument>.Filter.Eq("_id", "NAME 7"), Cancellation);
        await migration.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        (
            await rig
                .Destination.Client.GetDatabase("shop")
                .GetCollection<BsonDocument>("named")
                .Indexes.ListAsync(Cancellation)
        )
            .ToList(Cancellation)
            .Count.ShouldBe(64);
    }

    [Fact]
    public async Task A_destination_is_the_source_of_another_migration_meanwhile()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await using var last = await TestCluster.StartSandboxAsync("the end of a chain", Rig.OneMember);
        var onward = new Rig(rig.Destination, last);
        var orders = rig.Source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        await FillAsync(orders, 500);
        await orders.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(new BsonDocument("n", 1), new() { Unique = true }),
            null,
            Cancellation
        );

        await using var first = rig.Migrate();
        first.Start();
        await first.ReachAsync("inSync");
        await using var second = onward.Migrate();
        second.Start();
        await second.ReachAsync("inSync");
        await FillAsync(orders, 500, first: 500);
        await first.CutOverAsync();
        await second.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        await onward.ShouldBeIdenticalAsync();
    }

    private static Task RunAsync(IMongoDatabase database, BsonDocument command) =>
        database.RunCommandAsync<BsonDocument>(command, null, Cancellation);

    private static Task FillAsync(IMongoCollection<BsonDocument> collection, int count, int first = 0) =>
        collection.InsertManyAsync(
            Enumerable
                .Range(first, count)
                .Select(n => new BsonDocument
                {
                    { "_id", $"Name {n}" },
                    { "region", n % 16 },
                    { "n", n },
                }),
            null,
            Cancellation
        );
}
