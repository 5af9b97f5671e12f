using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// A part of a source arrives under another name and stays that part, whatever is renamed, dropped or written by <c>$out</c> across its
/// border while the process is killed.
/// </summary>
public sealed class FilterTests
{
    private const int Documents = 4000;

    private static readonly string[] Filter =
    [
        "--include-namespaces",
        """[{"database": "shop", "collectionsRegex": {"pattern": "^(orders|report|incoming)"}}]""",
        "--exclude-namespaces",
        """[{"database": "shop", "collections": ["orders_old"]}]""",
        "--namespace-remap",
        """[{"from": {"database": "shop"}, "to": {"database": "store"}}]""",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("H09")]
    [Requirement("H07")]
    public async Task A_filtered_and_mapped_part_follows_renames_drops_and_out_across_its_border_while_killed()
    {
        await using var rig = await Rig.StartAsync(Rig.OneMember);
        var shop = rig.Source.Client.GetDatabase("shop");
        foreach (var name in new[] { "orders", "audit", "staging", "orders_old" })
        {
            await FillAsync(shop, name);
        }

        await using var migration = rig.Migrate(Filter);
        migration.Start();
        await migration.ReachAsync("copying");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = WriteAsync(shop, stop.Token);
        await shop.RenameCollectionAsync("staging", "incoming", null, Cancellation);
        await OutAsync(shop, "audit", "report");
        await migration.KillAsync();

        await shop.RenameCollectionAsync("orders", "archive", null, Cancellation);
        migration.Start();
        await migration.ReachAsync("applying");
        await shop.RenameCollectionAsync("archive", "orders", null, Cancellation);
        await OutAsync(shop, "orders", "report");
        await shop.DropCollectionAsync("incoming", Cancellation);
        await shop.RenameCollectionAsync("audit", "incoming", null, Cancellation);
        await migration.KillAsync();

        migration.Start();
        await migration.ShowAsync(line => line.CanCutOver);
        await stop.CancelAsync();
        await writing;
        // What is outside the filter is written to until the end, and disturbs nothing.
        using var last = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var elsewhere = InsertUntilAsync(shop.GetCollection<BsonDocument>("orders_old"), last.Token);
        await migration.CutOverAsync();
        await last.CancelAsync();
        await elsewhere;

        migration.Program.Errors.ShouldContain("source and destination are identical");
        var names = await (
            await rig.Destination.Client.GetDatabase("store").ListCollectionNamesAsync(null, Cancellation)
        ).ToListAsync(Cancellation);
        names.Order(StringComparer.Ordinal).ShouldBe(["incoming", "orders", "report"]);
        (await (await rig.Destination.Client.ListDatabaseNamesAsync(Cancellation)).ToListAsync(Cancellation))
            .Except(["admin", "config", "local", "godwit_reserved"])
            .ShouldBe(["store"]);
        foreach (var name in names)
        {
            await ShouldBeEqualAsync(shop, rig.Destination.Client.GetDatabase("store"), name);
        }

        await VerifyAsync(rig, 0);
        await rig
            .Destination.Client.GetDatabase("store")
            .GetCollection<BsonDocument>("report")
            .UpdateOneAsync(
                new BsonDocument("_id", 7),
                new BsonDocument("$set", new BsonDocument("flipped", 1)),
                null,
                Cancellation
            );
        await VerifyAsync(rig, 3);
    }

    private static Task FillAsync(IMongoDatabase database, string name) =>
        database
            .GetCollection<BsonDocument>(name)
            .InsertManyAsync(
                Enumerable
                    .Range(0, Documents)
                    .Select(id => new BsonDocument
                    {
                        { "_id", id },
                        { "from", name },
                        { "text", new string('x', 300) },
                    }),
                null,
                Cancellation
            );

    /// <summary>Changes documents of whatever is there by these names, until it is told to stop.</summary>
    private static async Task WriteAsync(IMongoDatabase shop, CancellationToken stop)
    {
        string[] names = ["orders", "audit", "incoming", "archive", "orders_old"];
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var collection = shop.GetCollection<BsonDocument>(names[turn % names.Length]);
            var change = new BsonDocument("$inc", new BsonDocument("n", 1));
            await collection.UpdateOneAsync(new BsonDocument("_id", turn * 7 % Documents), change, null, Cancellation);
            await collection.DeleteOneAsync(new BsonDocument("_id", turn * 13 % Documents), Cancellation);
        }
    }

    private static async Task InsertUntilAsync(IMongoCollection<BsonDocument> collection, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await collection.InsertOneAsync([], null, Cancellation);
        }
    }

    private static async Task OutAsync(IMongoDatabase database, string from, string to)
    {
        var stages = new BsonDocument[] { new("$match", new BsonDocument()), new("$out", to) };
        _ = await database.GetCollection<BsonDocument>(from).AggregateAsync<BsonDocument>(stages, null, Cancellation);
    }

    /// <summary>Raw bytes, document by document.</summary>
    private static async Task ShouldBeEqualAsync(IMongoDatabase source, IMongoDatabase destination, string name)
    {
        var here = await ReadAsync(source, name);
        var there = await ReadAsync(destination, name);
        there.Count.ShouldBe(here.Count, name);
        there.ShouldBe(here, name);
        here.Count.ShouldBeGreaterThan(0, name);
    }

    private static async Task<List<string>> ReadAsync(IMongoDatabase database, string name)
    {
        var all = await database
            .GetCollection<RawBsonDocument>(name)
            .Find(new BsonDocument())
            .Sort(new BsonDocument("_id", 1))
            .ToListAsync(Cancellation);
        return all.ConvertAll(one => RawBytes.Hex(one));
    }

    private static async Task VerifyAsync(Rig rig, int expected)
    {
        var (code, output) = await rig.VerifyAsync(Filter);
        code.ShouldBe(expected, output);
    }
}
