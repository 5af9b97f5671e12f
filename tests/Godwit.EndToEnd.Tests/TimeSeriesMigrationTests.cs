using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>Time-series collections arrive bucket by bucket, byte for byte, while measurements come and go and the process is killed.</summary>
public sealed class TimeSeriesMigrationTests
{
    private const string Database = "plant";
    private static readonly string[] Sharded = ["--sharded", "2x1", "--mongos", "1"];
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H02")]
    [Requirement("S31")]
    [Requirement("H07")]
    public async Task Buckets_arrive_byte_for_byte_under_writes_definitions_and_kills()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        await MigrateAsync(rig, isSharded: false);
    }

    [Theory]
    [Trait("Set", "Long")]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [Requirement("H02")]
    [Requirement("S31")]
    [Requirement("S34")]
    public async Task Buckets_arrive_byte_for_byte_on_other_shapes(bool fromSharded, bool toSharded)
    {
        await using var rig = await Rig.StartPairAsync(
            fromSharded ? Sharded : Rig.OneMember,
            toSharded ? Sharded : Rig.OneMember
        );
        await MigrateAsync(rig, fromSharded);
    }

    private static async Task MigrateAsync(Rig rig, bool isSharded)
    {
        var plant = rig.Source.Client.GetDatabase(Database);
        await CreateAsync(
            plant,
            "heat",
            new BsonDocument { { "timeField", "t" }, { "metaField", "m" } },
            expiry: 86_400L * 36_500
        );
        await CreateAsync(plant, "plain", new BsonDocument("timeField", "at"), expiry: null);
        if (isSharded)
        {
            await rig
                .Source.Client.GetDatabase("admin")
                .RunCommandAsync<BsonDocument>(
                    new BsonDocument
                    {
                        { "shardCollection", $"{Database}.heat" },
                        { "key", new BsonDocument("m.site", 1) },
                    },
                    cancellationToken: Cancellation
                );
        }

        await plant.RunCommandAsync<BsonDocument>(
            new BsonDocument
            {
                { "createIndexes", "heat" },
                {
                    "indexes",
                    new BsonArray
                    {
                        new BsonDocument
                        {
                            {
                                "key",
                                new BsonDocument { { "m.site", 1 }, { "t", -1 } }
                            },
                            { "name", "site" },
                        },
                    }
                },
            },
            cancellationToken: Cancellation
        );
        await plant.RunCommandAsync<BsonDocument>(
            new BsonDocument { { "dropIndexes", "heat" }, { "index", "m_1_t_1" } },
            cancellationToken: Cancellation
        );
        await MeasureAsync(plant, "heat", "t", 0, 3000);
        await MeasureAsync(plant, "plain", "at", 0, 500);

        await using var migration = rig.Migrate();
        migration.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = WriteAsync(plant, stop.Token);
        await migration.ReachAsync("applying");
        await migration.KillAsync();

        await CreateAsync(
            plant,
            "late",
            new BsonDocument { { "timeField", "t" }, { "granularity", "minutes" } },
            expiry: null
        );
        await MeasureAsync(plant, "late", "t", 0, 200);
        await plant.DropCollectionAsync("plain", Cancellation);
        migration.Start();
        await migration.ShowAsync(line => line.CanCutOver);
        await CreateAsync(
            plant,
            "plain",
            new BsonDocument { { "timeField", "at" }, { "metaField", "m" } },
            expiry: null
        );
        await MeasureAsync(plant, "plain", "at", 0, 100);
        await plant.RunCommandAsync<BsonDocument>(
            new BsonDocument { { "collMod", "late" }, { "timeseries", new BsonDocument("granularity", "hours") } },
            cancellationToken: Cancellation
        );
        await stop.CancelAsync();
        await writing;
        await migration.CutOverAsync();

        migration.Program.Errors.ShouldContain("source and destination are identical");
        var there = rig.Destination.Client.GetDatabase(Database);
        foreach (var name in new[] { "heat", "plain", "late" })
        {
            (await RawAsync(there, $"system.buckets.{name}")).ShouldBe(
                await RawAsync(plant, $"system.buckets.{name}"),
                name
            );
            (await RawAsync(there, name)).ShouldBe(await RawAsync(plant, name), name);
            (await DefinitionAsync(there, name)).ShouldBe(await DefinitionAsync(plant, name), name);
        }

        await VerifyAsync(rig, 0);
        await MeasureAsync(there, "heat", "t", 9_000, 10);
        await VerifyAsync(rig, 3);
    }

    private static Task CreateAsync(IMongoDatabase database, string name, BsonDocument series, long? expiry)
    {
        var command = new BsonDocument { { "create", name }, { "timeseries", series } };
        if (expiry is { } seconds)
        {
            command.Add("expireAfterSeconds", seconds);
        }

        return database.RunCommandAsync<BsonDocument>(command, cancellationToken: Cancellation);
    }

    private static Task MeasureAsync(IMongoDatabase database, string name, string time, int from, int count) =>
        database
            .GetCollection<BsonDocument>(name)
            .InsertManyAsync(
                Enumerable
                    .Range(from, count)
                    .Select(n => new BsonDocument
                    {
                        { time, Start.AddSeconds(n * 20) },
                        {
                            "m",
                            new BsonDocument { { "site", n % 5 }, { "unit", n % 3 } }
                        },
                        { "value", n * 1.5 },
                        { "note", n % 11 == 0 ? "odd" : (BsonValue)n },
                    }),
                null,
                Cancellation
            );

    /// <summary>Measures on and deletes what was measured, until it is told to stop.</summary>
    private static async Task WriteAsync(IMongoDatabase plant, CancellationToken stop)
    {
        var heat = plant.GetCollection<BsonDocument>("heat");
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            await MeasureAsync(plant, "heat", "t", 3000 + (turn * 5), 5);
            if (turn % 20 == 7)
            {
                await heat.DeleteManyAsync(new BsonDocument("value", turn * 1.5), Cancellation);
            }

            if (turn % 50 == 31)
            {
                await heat.DeleteManyAsync(new BsonDocument("m.site", turn % 5), Cancellation);
            }
        }
    }

    private static async Task<List<string>> RawAsync(IMongoDatabase database, string name)
    {
        var all = await database
            .GetCollection<RawBsonDocument>(name)
            .Find(new BsonDocument())
            .ToListAsync(Cancellation);
        all.Count.ShouldBeGreaterThan(0, name);
        return [.. all.Select(one => RawBytes.Hex(one)).Order(StringComparer.Ordinal)];
    }

    private static async Task<string> DefinitionAsync(IMongoDatabase database, string name)
    {
        var options = new ListCollectionsOptions { Filter = new BsonDocument("name", name) };
        using var listed = await database.ListCollectionsAsync(options, Cancellation);
        using var indexes = await database.GetCollection<BsonDocument>(name).Indexes.ListAsync(Cancellation);
        return (await listed.SingleAsync(Cancellation))["options"].ToJson()
            + string.Join(' ', await indexes.ToListAsync(Cancellation));
    }

    private static async Task VerifyAsync(Rig rig, int expected)
    {
        var (code, output) = await rig.VerifyAsync();
        code.ShouldBe(expected, output);
    }
}
