using Godwit.Engine.Mongo.Connections;
using Godwit.Sandbox;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>The main path, on servers, with every internal facility and without each: the documented fallback gives the same.</summary>
[Requirement("S11")]
[Requirement("S15")]
[Requirement("S1a")]
public sealed class FacilityTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly BsonTimestamp Empty = new(0, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("showRawUpdateDescription")]
    [InlineData("showMigrationEvents")]
    [InlineData("$changeStreamSplitLargeEvent")]
    [InlineData("bypassEmptyTsReplacement")]
    [InlineData("showRawUpdateDescription,showMigrationEvents,$changeStreamSplitLargeEvent,bypassEmptyTsReplacement")]
    public async Task A_migration_is_identical_without(string missing)
    {
        await using var from = await SandboxCluster.StartAsync(new() { Members = 1 }, Token);
        await using var to = await SandboxCluster.StartAsync(new() { Members = 1, ReplicaSetName = "rs1" }, Token);
        await from.WaitForPrimaryAsync(Token);
        await to.WaitForPrimaryAsync(Token);
        var shop = new MongoClient(from.ConnectionString).GetDatabase("shop");
        await LoadAsync(shop);

        var names = missing.Split(',', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        await using var source = new MongoSource(MongoAddress.Parse(from.ConnectionString), TimeProvider.System, names);
        await using var destination = new MongoDestination(
            MongoAddress.Parse(to.ConnectionString),
            TimeProvider.System,
            names
        );
        var settings = new MigrationSettings { VerifyEvery = TimeSpan.FromMilliseconds(200) };
        var migration = new Migration(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
        var run = migration.RunAsync(Token);
        await UntilReadyAsync(migration);
        await ChangeAsync(shop);
        await UntilReadyAsync(migration);
        migration.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);

        var copy = new MongoClient(to.ConnectionString).GetDatabase("shop");
        foreach (var collection in new[] { "items", "logs" })
        {
            (await ReadAsync(copy, collection)).ShouldBe(await ReadAsync(shop, collection), collection);
        }

        report.Verdict.Text.ShouldBe("identical", $"{report.Failure?.Message} {report.Verdict.Reason}");
        report.Differences.ShouldBeEmpty();
    }

    /// <summary>Documents that are copied.</summary>
    private static async Task LoadAsync(IMongoDatabase shop)
    {
        var items = Enumerable
            .Range(0, 200)
            .Select(id => new BsonDocument
            {
                { "_id", id },
                {
                    "b",
                    new BsonDocument { { "x", id }, { "y", "text" } }
                },
                {
                    "list",
                    new BsonArray { 1, new BsonDocument("n", 2), 3 }
                },
                { id % 3 == 0 ? "stamp" : "a.b", Empty },
                { "last", id },
            });
        await WriteAsync(shop, "insert", "documents", items);
        await shop.GetCollection<BsonDocument>("logs").InsertOneAsync(new BsonDocument("_id", 1), null, Token);
    }

    /// <summary>Events of every kind, and content that no event carries where hidden ones are not shown.</summary>
    private static async Task ChangeAsync(IMongoDatabase shop)
    {
        await WriteAsync(
            shop,
            "insert",
            "documents",
            [
                new()
                {
                    { "_id", "new" },
                    { "stamp", Empty },
                    { "after", 1 },
                },
            ]
        );
        await WriteAsync(
            shop,
            "update",
            "updates",
            [
                Update(
                    3,
                    new()
                    {
                        { "_id", 3 },
                        { "stamp", Empty },
                        { "replaced", true },
                    }
                ),
                Update(
                    4,
                    new(
                        "$set",
                        new BsonDocument
                        {
                            { "b.x", 7 },
                            { "list.1.n", 8 },
                            { "stamp", Empty },
                        }
                    )
                ),
                Update(5, new("$unset", new BsonDocument("b", ""))),
                Update(5, new("$set", new BsonDocument { { "z", 1 }, { "b", 2 } })),
                Update(6, new("$rename", new BsonDocument("last", "first"))),
                Update(
                    7,
                    new(
                        "$push",
                        new BsonDocument(
                            "list",
                            new BsonDocument
                            {
                                {
                                    "$each",
                                    new BsonArray { 4, 5 }
                                },
                            }
                        )
                    )
                ),
                Update(8, new("$pop", new BsonDocument("list", -1))),
            ]
        );
        await shop.GetCollection<BsonDocument>("items").DeleteOneAsync(new BsonDocument("_id", 9), Token);
        _ = await shop.RunCommandAsync<BsonDocument>(
            new BsonDocument { { "convertToCapped", "logs" }, { "size", 4096 } },
            null,
            Token
        );
        await shop.GetCollection<BsonDocument>("logs").InsertOneAsync(new BsonDocument("_id", 2), null, Token);
    }

    private static BsonDocument Update(BsonValue id, BsonDocument update) =>
        new() { { "q", new BsonDocument("_id", id) }, { "u", update } };

    private static async Task WriteAsync(
        IMongoDatabase shop,
        string command,
        string statements,
        IEnumerable<BsonDocument> some
    )
    {
        var reply = await shop.RunCommandAsync<BsonDocument>(
            new BsonDocument
            {
                { command, "items" },
                { statements, new BsonArray(some) },
                { "bypassEmptyTsReplacement", true },
            },
            null,
            Token
        );
        reply.Contains("writeErrors").ShouldBeFalse();
    }

    private static async Task<List<string>> ReadAsync(IMongoDatabase database, string collection)
    {
        var all = await database
            .GetCollection<RawBsonDocument>(collection)
            .Find(new BsonDocument())
            .Sort(new BsonDocument("_id", 1))
            .ToListAsync(Token);
        return [.. all.Select(one => Convert.ToHexString(one.ToBson()))];
    }

    private static Task UntilReadyAsync(Migration migration) =>
        Condition.UntilAsync(
            () => Task.FromResult(migration.Progress.CanCommit),
            () => $"not in sync: {string.Join("; ", migration.Progress.Warnings)}",
            Limit,
            Token
        );
}
