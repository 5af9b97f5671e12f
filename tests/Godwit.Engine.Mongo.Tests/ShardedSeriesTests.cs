using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Planning;
using Godwit.Engine.Preflight;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>Time-series collections on pairs with a sharded cluster: copied and followed bucket by bucket, sharded where the source shards them.</summary>
[Requirement("H02")]
[Requirement("S31")]
[Requirement("S34")]
public sealed class ShardedSeriesTests
{
    private const int Sources = 20;

    /// <summary>What a replica set's series are sharded by; one of them comes later.</summary>
    private const string ByPerson = """
        {"shardingEntries": [
          {"database": "plant", "collection": "heat", "shardCollection": {"key": [{"m": 1}, {"t": 1}]}},
          {"database": "plant", "collection": "late", "shardCollection": {"key": {"m": "hashed"}}}
        ]}
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task Buckets_arrive_byte_for_byte_while_they_are_written_and_moved(bool fromSharded, bool toSharded)
    {
        await using var from = await StartedCluster.StartAsync(fromSharded, "rs0", Token);
        await using var to = await StartedCluster.StartAsync(toSharded, "rs1", Token);
        using var client = new MongoClient(from.ConnectionString);
        var plant = client.GetDatabase("plant");
        await CreateAsync(plant, "heat");
        await CreateAsync(plant, "plain");
        if (fromSharded)
        {
            await ShardAsync(client, "heat", new BsonDocument("m", 1), 8);
        }

        await MeasureAsync(plant, "heat", 0, 400);
        await MeasureAsync(plant, "plain", 0, 100);
        await using var source = new MongoSource(MongoAddress.Parse(from.ConnectionString), TimeProvider.System);
        await using var destination = new MongoDestination(
            MongoAddress.Parse(to.ConnectionString),
            TimeProvider.System
        );
        (await PreflightAsync(from, to)).ShouldBe(FindingState.Passed);
        var settings = new MigrationSettings
        {
            VerifyEvery = TimeSpan.FromMilliseconds(200),
            RangeBytes = 20_000,
            Sharding = fromSharded ? null : ShardingOptions.Parse(ByPerson),
        };

        var migration = new Migration(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
        var run = migration.RunAsync(Token);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        await CreateAsync(plant, "late");
        if (fromSharded)
        {
            await MoveAsync(client, "heat", 2);
            await ShardAsync(client, "late", new BsonDocument { { "m", 1 }, { "t", 1 } }, 5);
        }

        await MeasureAsync(plant, "heat", 400, 200);
        await MeasureAsync(plant, "late", 0, 60);
        await plant.GetCollection<BsonDocument>("heat").DeleteManyAsync(new BsonDocument("m", 3), Token);
        await plant.GetCollection<BsonDocument>("heat").DeleteManyAsync(new BsonDocument("value", 7.5), Token);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        migration.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);

        report.Verdict.Text.ShouldBe("identical", $"{report.Failure?.Message} {report.Verdict.Reason}");
        report.Differences.ShouldBeEmpty();
        using var there = new MongoClient(to.ConnectionString);
        foreach (var name in new[] { "heat", "plain", "late" })
        {
            foreach (var read in new[] { $"system.buckets.{name}", name })
            {
                (await ReadAsync(there, read)).ShouldBe(await ReadAsync(client, read), read);
            }
        }

        if (fromSharded && toSharded)
        {
            (await KeysAsync(there)).ShouldBe(await KeysAsync(client));
        }

        if (!fromSharded)
        {
            (await KeysAsync(there))
                .Select(key => key[..key.LastIndexOf(" {", StringComparison.Ordinal)])
                .ShouldBe([
                    "plant.system.buckets.heat { \"meta\" : 1, \"control.min.t\" : 1 }",
                    "plant.system.buckets.late { \"meta\" : \"hashed\" }",
                ]);
            (await ShardsOfAsync(there, "heat")).ShouldBe(2, "it is spread before anything is copied");
        }
    }

    private static async Task<FindingState> PreflightAsync(StartedCluster from, StartedCluster to)
    {
        var findings = PreflightChecks.Run(
            await ClusterInspector.InspectAsync(from.ConnectionString, TimeProvider.System, Token),
            await ClusterInspector.InspectAsync(to.ConnectionString, TimeProvider.System, Token),
            new()
        );
        return findings.Single(one => one.Id == "unsupported-content").State;
    }

    private static Task CreateAsync(IMongoDatabase plant, string name) =>
        plant.CreateCollectionAsync(name, new() { TimeSeriesOptions = new("t", "m") }, Token);

    private static async Task ShardAsync(MongoClient client, string name, BsonDocument key, int bound)
    {
        await AdminAsync(client, new() { { "shardCollection", $"plant.{name}" }, { "key", key } });
        var middle = new BsonDocument("meta", bound);
        if (key.ElementCount > 1)
        {
            middle.Add("control.min.t", BsonMinKey.Value);
        }

        await AdminAsync(client, new() { { "split", $"plant.system.buckets.{name}" }, { "middle", middle } });
        await MoveAsync(client, name, bound);
    }

    /// <summary>Moves the chunk that holds a source to the shard that does not have it.</summary>
    private static async Task MoveAsync(MongoClient client, string name, int source)
    {
        var find = new BsonDocument("meta", source);
        if (name == "late")
        {
            find.Add("control.min.t", Start);
        }

        foreach (var shard in new[] { "s0", "s1" })
        {
            await AdminAsync(
                client,
                new()
                {
                    { "moveChunk", $"plant.system.buckets.{name}" },
                    { "find", find },
                    { "to", shard },
                    { "_waitForDelete", true },
                }
            );
        }
    }

    private static Task AdminAsync(MongoClient client, BsonDocument command) =>
        client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Token);

    private static Task MeasureAsync(IMongoDatabase plant, string name, int from, int count) =>
        plant
            .GetCollection<BsonDocument>(name)
            .InsertManyAsync(
                Enumerable
                    .Range(from, count)
                    .Select(n => new BsonDocument
                    {
                        { "t", Start.AddSeconds(n * 20) },
                        { "m", n % Sources },
                        { "value", n * 1.5 },
                        { "note", n % 11 == 0 ? "odd" : (BsonValue)n },
                    }),
                null,
                Token
            );

    private static async Task<List<string>> ReadAsync(MongoClient client, string name)
    {
        var all = await client
            .GetDatabase("plant")
            .GetCollection<RawBsonDocument>(name)
            .Find(new BsonDocument())
            .ToListAsync(Token);
        all.Count.ShouldBeGreaterThan(0, name);
        return [.. all.Select(one => Convert.ToHexString(one.ToBson())).Order(StringComparer.Ordinal)];
    }

    private static async Task<int> ShardsOfAsync(MongoClient client, string name)
    {
        var config = client.GetDatabase("config");
        var entry = await config
            .GetCollection<BsonDocument>("collections")
            .Find(new BsonDocument("_id", $"plant.system.buckets.{name}"))
            .SingleAsync(Token);
        var chunks = await config
            .GetCollection<BsonDocument>("chunks")
            .Find(new BsonDocument("uuid", entry["uuid"]))
            .ToListAsync(Token);
        return chunks.Select(chunk => chunk["shard"]).Distinct().Count();
    }

    private static async Task<List<string>> KeysAsync(MongoClient client)
    {
        var entries = await client
            .GetDatabase("config")
            .GetCollection<BsonDocument>("collections")
            .Find(new BsonDocument("_id", new BsonRegularExpression("^plant")))
            .ToListAsync(Token);
        return
        [
            .. entries
                .Where(entry => !entry.GetValue("unsplittable", false).ToBoolean())
                .Select(entry => $"{entry["_id"]} {entry["key"]} {entry["timeseriesFields"]}")
                .Order(StringComparer.Ordinal),
        ];
    }
}
