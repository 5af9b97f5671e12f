using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Scoping;
using Godwit.Sandbox;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>Several sources move to one destination at a time, and one source to several, as long as nothing is moved twice to one place.</summary>
[Requirement("H12")]
[Requirement("S32")]
public sealed class SharedDestinationTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private readonly List<SandboxCluster> clusters = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in clusters)
        {
            await cluster.DisposeAsync();
        }
    }

    [Fact]
    public async Task Two_sources_move_to_one_destination_at_a_time_and_what_overlaps_is_refused_by_name()
    {
        var (east, west, there) = (await StartAsync(), await StartAsync(), await StartAsync());
        await FillAsync(east, "shop", "orders", 40);
        await FillAsync(west, "shop", "orders", 30);
        await FillAsync(west, "other", "left", 5);
        await using var first = new Move(east, there, "east", """[{"database": "shop"}]""");
        await using var second = new Move(
            west,
            there,
            "west",
            """[{"database": "shop"}]""",
            """[{"from": {"database": "shop"}, "to": {"database": "shop_west"}}]"""
        );
        await first.UntilReadyAsync();
        await second.UntilReadyAsync();
        await ChangeAsync(east, "orders", 3);
        await ChangeAsync(west, "orders", 4);

        await using var again = new Move(west, there, "again", """[{"database": "shop"}]""");
        var overlapping = await again.Run.WaitAsync(Limit, Token);
        await using var nameless = new Move(west, there, "", """[{"database": "other"}]""");
        var unnamed = await nameless.Run.WaitAsync(Limit, Token);

        overlapping.Failure!.Code.ShouldBe("DestinationShared");
        overlapping.Failure.Message.ShouldContain("shop.orders");
        unnamed.Failure!.Code.ShouldBe("DestinationShared");
        unnamed.Failure.Message.ShouldContain("has no name");
        await first.CutOverAsync();
        await ChangeAsync(west, "orders", 5);
        await second.CutOverAsync();
        (await ReadAsync(there, "shop", "orders")).ShouldBe(await ReadAsync(east, "shop", "orders"));
        (await ReadAsync(there, "shop_west", "orders")).ShouldBe(await ReadAsync(west, "shop", "orders"));
        var databases = await (await Client(there).ListDatabaseNamesAsync(Token)).ToListAsync(Token);
        databases.ShouldContain("godwit_reserved_east");
        databases.ShouldContain("godwit_reserved_west");
        databases.ShouldNotContain("other");
    }

    [Fact]
    public async Task One_source_is_split_over_two_destinations_at_a_time()
    {
        var (source, one, other) = (await StartAsync(), await StartAsync(), await StartAsync());
        await FillAsync(source, "shop", "orders", 40);
        await FillAsync(source, "shop", "customers", 20);
        await using var orders = new Move(source, one, "", """[{"database": "shop", "collections": ["orders"]}]""");
        await using var rest = new Move(
            source,
            other,
            "",
            "",
            exclude: """[{"database": "shop", "collections": ["orders"]}]"""
        );
        await orders.UntilReadyAsync();
        await rest.UntilReadyAsync();
        await ChangeAsync(source, "orders", 6);
        await ChangeAsync(source, "customers", 7);

        await orders.CutOverAsync();
        await rest.CutOverAsync();

        (await ReadAsync(one, "shop", "orders")).ShouldBe(await ReadAsync(source, "shop", "orders"));
        (await ReadAsync(other, "shop", "customers")).ShouldBe(await ReadAsync(source, "shop", "customers"));
        (await ReadAsync(one, "shop", "customers")).ShouldBeEmpty();
        (await ReadAsync(other, "shop", "orders")).ShouldBeEmpty();
    }

    private async Task<SandboxCluster> StartAsync()
    {
        var cluster = await SandboxCluster.StartAsync(new() { Members = 1 }, Token);
        clusters.Add(cluster);
        await cluster.WaitForPrimaryAsync(Token);
        return cluster;
    }

    private static MongoClient Client(SandboxCluster cluster) => new(cluster.ConnectionString);

    private static IMongoCollection<BsonDocument> Open(SandboxCluster cluster, string database, string collection) =>
        Client(cluster).GetDatabase(database).GetCollection<BsonDocument>(collection);

    private static Task FillAsync(SandboxCluster cluster, string database, string collection, int documents) =>
        Open(cluster, database, collection)
            .InsertManyAsync(Enumerable.Range(0, documents).Select(id => new BsonDocument("_id", id)), null, Token);

    private static async Task ChangeAsync(SandboxCluster cluster, string collection, int value)
    {
        var there = Open(cluster, "shop", collection);
        var change = new BsonDocument("$set", new BsonDocument("value", value));
        _ = await there.UpdateManyAsync(new BsonDocument("_id", new BsonDocument("$lt", 10)), change, null, Token);
        await there.InsertOneAsync(new BsonDocument("_id", 1000 + value), null, Token);
    }

    private static async Task<List<string>> ReadAsync(SandboxCluster cluster, string database, string collection)
    {
        var all = await Open(cluster, database, collection)
            .Find(new BsonDocument())
            .Sort(new BsonDocument("_id", 1))
            .ToListAsync(Token);
        return [.. all.Select(one => Convert.ToHexString(one.ToBson()))];
    }

    /// <summary>One migration on its way.</summary>
    private sealed class Move : IAsyncDisposable
    {
        private readonly MongoSource source;
        private readonly MongoDestination destination;
        private readonly Migration migration;

        internal Move(
            SandboxCluster from,
            SandboxCluster to,
            string name,
            string include,
            string remap = "",
            string exclude = ""
        )
        {
            source = new(MongoAddress.Parse(from.ConnectionString), TimeProvider.System);
            destination = new(MongoAddress.Parse(to.ConnectionString), TimeProvider.System, migration: name);
            var settings = new MigrationSettings
            {
                Scope = NamespaceScope.Parse(include, exclude, remap),
                IgnoreExisting = name.Length > 0,
                VerifyEvery = TimeSpan.FromMilliseconds(200),
            };
            migration = new(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
            Run = migration.RunAsync(Token);
        }

        internal Task<Reporting.MigrationReport> Run { get; }

        internal Task UntilReadyAsync() =>
            Condition.UntilAsync(
                () => Task.FromResult(migration.Progress.CanCommit),
                () => $"not in sync: {Run.Status} {string.Join("; ", migration.Progress.Warnings)}",
                Limit,
                Token
            );

        internal async Task CutOverAsync()
        {
            await UntilReadyAsync();
            migration.RequestCutover();
            var report = await Run.WaitAsync(Limit, Token);
            report.Verdict.Text.ShouldBe("identical", $"{report.Failure?.Message} {report.Verdict.Reason}");
            report.Differences.ShouldBeEmpty();
        }

        public async ValueTask DisposeAsync()
        {
            await source.DisposeAsync();
            await destination.DisposeAsync();
        }
    }
}
