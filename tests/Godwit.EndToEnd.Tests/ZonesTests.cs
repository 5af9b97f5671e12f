using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Zones of a sharded source are those of the destination after the cutover, on request.</summary>
[Requirement("H04")]
public sealed class ZonesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Zones_and_their_ranges_are_carried_over_to_other_shards_and_that_is_said()
    {
        await using var rig = await Rig.StartPairAsync(["--sharded", "2x1"], ["--sharded", "3x1"]);
        await rig
            .Source.Client.GetDatabase("work")
            .GetCollection<BsonDocument>("orders")
            .InsertOneAsync(new BsonDocument("k", 1), null, Cancellation);
        foreach (
            var command in new[]
            {
                new BsonDocument { { "shardCollection", "work.orders" }, { "key", new BsonDocument("_id", 1) } },
                new BsonDocument { { "addShardToZone", "s0" }, { "zone", "EU" } },
                new BsonDocument
                {
                    { "updateZoneKeyRange", "work.orders" },
                    { "min", new BsonDocument("_id", 0) },
                    { "max", new BsonDocument("_id", 100) },
                    { "zone", "EU" },
                },
            }
        )
        {
            await rig.Source.Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Cancellation);
        }

        await using var migration = rig.Migrate("--zones");
        migration.Start();
        await migration.CutOverAsync();

        var config = rig.Destination.Client.GetDatabase("config");
        var range = await config.GetCollection<BsonDocument>("tags").Find(new BsonDocument()).SingleAsync(Cancellation);
        (range["ns"], range["tag"], range["min"], range["max"]).ShouldBe(
            ("work.orders", "EU", new BsonDocument("_id", 0), new BsonDocument("_id", 100))
        );
        var zoned = await config
            .GetCollection<BsonDocument>("shards")
            .Find(new BsonDocument("tags", "EU"))
            .ToListAsync(Cancellation);
        zoned.Select(shard => shard["_id"].AsString).ShouldBe(["s0", "s2"], ignoreOrder: true);
        migration.Program.Describe().ShouldContain("shards of both sides differ");
        await rig.ShouldBeIdenticalAsync();
    }
}
