using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// A migration is cut over, the applications use the destination, and it is turned round: under writes of every kind before and after, killed on
/// the way, and compared byte for byte. What nobody has touched is not copied again.
/// </summary>
[Requirement("S29")]
[Requirement("H03")]
public sealed class TurningRoundTests
{
    /// <summary>More than the busy collections can hold.</summary>
    private const int BusyDocumentsMax = 12_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, int> Pairs
    {
        get
        {
            var rows = new TheoryData<string, string, int>();
            string[] shapes = ["replica set", "two shards", "three shards"];
            var seed = 1200;
            foreach (var source in shapes)
            {
                foreach (var destination in shapes)
                {
                    rows.Add(source, destination, seed++);
                }
            }

            return rows;
        }
    }

    [Fact]
    [Trait("Set", "Long")]
    [Requirement("H07")]
    public Task What_was_written_since_comes_back_though_the_process_is_killed_on_the_way() =>
        ThereAndBackAsync("replica set", "replica set", "mixed", 1101);

    [Theory]
    [Trait("Set", "Long")]
    [MemberData(nameof(Pairs))]
    [Requirement("H07")]
    public Task Every_pair_of_shapes_is_turned_round_under_writes_and_definitions(
        string source,
        string destination,
        int seed
    ) => ThereAndBackAsync(source, destination, "shapes", seed);

    private static async Task ThereAndBackAsync(string source, string destination, string profile, int seed)
    {
        var random = new Random(seed);
        await using var rig = await Rig.StartPairAsync(Options(source), Options(destination));
        await new StillData(rig).FillAsync();
        var orders = rig.Source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders");
        await FillOrdersAsync(orders);
        await MigrateAsync(rig, profile, seed);
        await rig.ShouldBeIdenticalAsync();

        var back = rig.Turn();
        await using (var since = await back.WriteAsync(profile, seed + 500))
        {
            await since.AdvanceAsync(300);
            await SwapNumbersAsync(back.Source.Client.GetDatabase("shop").GetCollection<BsonDocument>("orders"));
            await using var reverse = back.Reverse();
            reverse.Start();
            await reverse.ReachAsync("applying");
            // The one fixed wait: the instant of the kill, which the seed chooses.
            await Task.Delay(random.Next(0, 700), Cancellation);
            await reverse.KillAsync();
            await since.AdvanceAsync(200);
            reverse.Start();
            await reverse.ReachAsync("inSync");
            await since.AdvanceAsync(200);
            await since.StopAsync();
            await reverse.CutOverAsync();
            (reverse.Newest().Differences, reverse.Newest().Healed).ShouldBe((0, 0), reverse.Program.Describe());
            reverse.Newest().DocumentsCopied.ShouldBeLessThanOrEqualTo(BusyDocumentsMax);
        }

        await rig.ShouldBeIdenticalAsync();
    }

    private static async Task MigrateAsync(Rig rig, string profile, int seed)
    {
        await using var before = await rig.WriteAsync(profile, seed);
        await before.AdvanceAsync(300);
        await using var migration = rig.Migrate("--reversible");
        migration.Start();
        await migration.ReachAsync("inSync");
        await before.StopAsync();
        await migration.CutOverAsync();
    }

    /// <summary>A collection with rules in force, which the reverse has to put out of force and back.</summary>
    private static async Task FillOrdersAsync(IMongoCollection<BsonDocument> orders)
    {
        var keys = Builders<BsonDocument>.IndexKeys;
        await orders.Indexes.CreateManyAsync(
            [
                new(keys.Ascending("number"), new CreateIndexOptions { Unique = true }),
                new(keys.Ascending("at"), new CreateIndexOptions { ExpireAfter = TimeSpan.FromDays(30) }),
                new(keys.Ascending("note"), new CreateIndexOptions { Hidden = true }),
            ],
            Cancellation
        );
        await orders.InsertManyAsync(
            Enumerable.Range(0, 200).Select(n => new BsonDocument { { "_id", n }, { "number", n } }),
            null,
            Cancellation
        );
    }

    /// <summary>Unique values go from document to document.</summary>
    private static async Task SwapNumbersAsync(IMongoCollection<BsonDocument> orders)
    {
        for (var id = 0; id < 50; id++)
        {
            await SetAsync(id, -1);
            await SetAsync(id + 100, id);
            await SetAsync(id, id + 100);
        }

        Task SetAsync(int id, int number) =>
            orders.UpdateOneAsync(
                new BsonDocument("_id", id),
                new BsonDocument("$set", new BsonDocument("number", number)),
                null,
                Cancellation
            );
    }

    private static string[] Options(string shape) =>
        shape switch
        {
            "two shards" => ["--sharded", "2x1", "--mongos", "1"],
            "three shards" => ["--sharded", "3x1", "--mongos", "1"],
            _ => Rig.OneMember,
        };
}
