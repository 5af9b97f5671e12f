using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// What a sharded source does to its own collections while it is written to: most of it moves documents without an event. The other side has
/// them all at the end, and is sharded as the source is.
/// </summary>
[Requirement("S1a")]
[Requirement("S19")]
public sealed class ShardingChangesTests
{
    private static readonly string[] Names = ["resharded", "refined", "later", "moved", "unsharded"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--replica-set", "1")]
    [InlineData("--sharded", "3x1")]
    public async Task What_a_source_shards_refines_reshards_moves_and_unshards_is_followed(string shape, string size)
    {
        await using var rig = await Rig.StartPairAsync(["--sharded", "2x1"], [shape, size]);
        await FillAsync(rig.Source);
        await using var migration = rig.Migrate();
        migration.Start();
        await migration.ReachAsync("inSync");
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writes = WriteAsync(rig.Source, writing.Token);

        await ChangeAsync(rig.Source);
        await writing.CancelAsync();
        await writes;
        await migration.CutOverAsync();

        await rig.ShouldBeIdenticalAsync();
        var newest = migration.Newest();
        (newest.Differences, newest.Healed).ShouldBe((0, 0), migration.Program.Describe());
        if (shape == "--sharded")
        {
            (await KeysAsync(rig.Destination)).ShouldBe(await KeysAsync(rig.Source));
        }
    }

    private static async Task FillAsync(TestCluster source)
    {
        var work = source.Client.GetDatabase("work");
        foreach (var name in Names)
        {
            var documents = Enumerable.Range(0, 300).Select(id => Document(id));
            await work.GetCollection<BsonDocument>(name).InsertManyAsync(documents, null, Cancellation);
            var keys = new BsonDocument { { "k", 1 }, { "z", 1 } };
            await work.GetCollection<BsonDocument>(name)
                .Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>(keys), null, Cancellation);
        }

        await source
            .Client.GetDatabase("other")
            .GetCollection<BsonDocument>("plain")
            .InsertManyAsync(Enumerable.Range(0, 300).Select(id => Document(id)), null, Cancellation);
        foreach (var name in new[] { "resharded", "refined", "unsharded" })
        {
            await RunAsync(
                source,
                new() { { "shardCollection", $"work.{name}" }, { "key", new BsonDocument("k", 1) } }
            );
        }
    }

    private static async Task ChangeAsync(TestCluster source)
    {
        var both = new BsonDocument { { "k", 1 }, { "z", 1 } };
        await RunAsync(source, new() { { "refineCollectionShardKey", "work.refined" }, { "key", both } });
        await RunAsync(source, new() { { "shardCollection", "work.later" }, { "key", new BsonDocument("k", 1) } });
        await RunAsync(
            source,
            new()
            {
                { "reshardCollection", "work.resharded" },
                { "key", new BsonDocument("z", 1) },
                { "numInitialChunks", 2 },
            }
        );
        await RunAsync(
            source,
            new() { { "moveCollection", "work.moved" }, { "toShard", await OtherThanAsync(source, "work") } }
        );
        await RunAsync(source, new("unshardCollection", "work.unsharded"));
        await RunAsync(source, new() { { "movePrimary", "other" }, { "to", await OtherThanAsync(source, "other") } });
    }

    /// <summary>A shard that is not the primary one of a database.</summary>
    private static async Task<string> OtherThanAsync(TestCluster source, string database)
    {
        var config = source.Client.GetDatabase("config");
        var entry = await config
            .GetCollection<BsonDocument>("databases")
            .Find(new BsonDocument("_id", database))
            .SingleAsync(Cancellation);
        return entry["primary"] == "s0" ? "s1" : "s0";
    }

    /// <summary>Writes to all of them until cancelled; what a change of the moment refuses is left out.</summary>
    private static async Task WriteAsync(TestCluster source, CancellationToken cancellation)
    {
        var collections = Names
            .Select(name => source.Client.GetDatabase("work").GetCollection<BsonDocument>(name))
            .Append(source.Client.GetDatabase("other").GetCollection<BsonDocument>("plain"))
            .ToList();
        for (var id = 1000; !cancellation.IsCancellationRequested; id++)
        {
            foreach (var collection in collections)
            {
                try
                {
                    await collection.InsertOneAsync(Document(id), null, Cancellation);
                    await collection.UpdateOneAsync(
                        new BsonDocument("_id", id % 300),
                        new BsonDocument("$inc", new BsonDocument("n", 1)),
                        null,
                        Cancellation
                    );
                }
                catch (MongoException refused)
                {
                    TestContext.Current.TestOutputHelper?.WriteLine(refused.Message);
                }
            }
        }
    }

    private static BsonDocument Document(int id) =>
        new()
        {
            { "_id", id },
            { "k", id % 7 },
            { "z", id },
        };

    private static Task RunAsync(TestCluster cluster, BsonDocument command) =>
        cluster.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Cancellation);

    /// <summary>The sharded collections with their keys, as text.</summary>
    private static async Task<IEnumerable<string>> KeysAsync(TestCluster cluster)
    {
        var entries = await cluster
            .Client.GetDatabase("config")
            .GetCollection<BsonDocument>("collections")
            .Find(new BsonDocument("_id", new BsonRegularExpression("^work")))
            .Sort(new BsonDocument("_id", 1))
            .ToListAsync(Cancellation);
        return entries
            .Where(entry => !entry.GetValue("unsplittable", false).ToBoolean())
            .Select(entry => $"{entry["_id"]} {entry["key"]}");
    }
}
