using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary><c>godwit rehearse</c>: an estimate, and the migration up to its cutover into a Sandbox of its own, while applications write on.</summary>
[Requirement("H11")]
public sealed class RehearseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_estimates_and_performs_all_but_the_cutover_beside_a_source_that_is_written_to()
    {
        await using var source = await TestCluster.OpenAsync("GODWIT_TEST_SOURCE", Rig.OneMember);
        var orders = source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        var unique = new CreateIndexModel<BsonDocument>(
            Builders<BsonDocument>.IndexKeys.Ascending("number"),
            new CreateIndexOptions { Unique = true }
        );
        await orders.Indexes.CreateOneAsync(unique, null, Cancellation);
        await orders.InsertManyAsync(
            Enumerable.Range(0, 3000).Select(n => new BsonDocument { { "_id", n }, { "number", n } }),
            null,
            Cancellation
        );

        var (code, rehearsal) = await GodwitProgram.RunAsync(
            Rig.Patience,
            Cancellation,
            "rehearse",
            "--source",
            source.ConnectionString,
            "--sample-seconds",
            "1",
            "--run",
            "--progress",
            "plain"
        );
        await using (rehearsal)
        {
            code.ShouldBe(0, rehearsal.Describe());
            foreach (
                var line in new[]
                {
                    "source  ",
                    "reads  ",
                    "changes  ",
                    "copy  ",
                    "oplog  ",
                    "destination  ",
                    "downtime  ",
                }
            )
            {
                rehearsal.Output.ShouldContain(line, customMessage: rehearsal.Describe());
            }

            rehearsal.Output.ShouldContain("a cutover would have taken", customMessage: rehearsal.Describe());
        }

        // Nobody was kept from writing, and nothing is left behind.
        await orders.InsertOneAsync(new BsonDocument { { "_id", -1 }, { "number", -1 } }, null, Cancellation);
        (await (await source.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation)).ShouldNotContain(
            "godwit_reserved"
        );
    }

    /// <summary>With a staging cluster of another shape it is rehearsed as it will be, keys and all; the staging cluster stays usable.</summary>
    [Fact]
    [Trait("Set", "Long")]
    [Requirement("B05")]
    public async Task It_performs_it_into_a_staging_cluster_that_is_sharded_by_the_keys_that_are_asked_for()
    {
        await using var rig = await Rig.StartPairAsync(Rig.OneMember, Troubles.Options(Troubles.TwoShards, false));
        var orders = rig.Source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        await orders.Indexes.CreateOneAsync(
            new CreateIndexModel<BsonDocument>(Builders<BsonDocument>.IndexKeys.Ascending("number")),
            null,
            Cancellation
        );
        await orders.InsertManyAsync(
            Enumerable.Range(0, 3000).Select(n => new BsonDocument { { "_id", n }, { "number", n } }),
            null,
            Cancellation
        );
        var folder = Directory.CreateTempSubdirectory("godwit-rehearsal-");
        var keys = Path.Combine(folder.FullName, "sharding.json");
        await File.WriteAllTextAsync(
            keys,
            """{"shardingEntries": [{"database": "shop", "collection": "orders", "shardCollection": {"key": {"number": 1}}}]}""",
            Cancellation
        );

        var (code, rehearsal) = await GodwitProgram.RunAsync(
            Rig.Patience,
            Cancellation,
            "rehearse",
            "--source",
            rig.Source.ConnectionString,
            "--destination",
            rig.Destination.ConnectionString,
            "--sharding",
            keys,
            "--sample-seconds",
            "1",
            "--run",
            "--progress",
            "plain"
        );

        await using (rehearsal)
        {
            code.ShouldBe(0, rehearsal.Describe());
            rehearsal.Output.ShouldContain("a cutover would have taken", customMessage: rehearsal.Describe());
        }

        folder.Delete(recursive: true);
        await rig.ShouldBeIdenticalAsync();
        var sharded = await rig
            .Destination.Client.GetDatabase("config")
            .GetCollection<BsonDocument>("collections")
            .Find(new BsonDocument("_id", "shop.orders"))
            .SingleAsync(Cancellation);
        sharded["key"].ShouldBe(new BsonDocument("number", 1));
    }
}
