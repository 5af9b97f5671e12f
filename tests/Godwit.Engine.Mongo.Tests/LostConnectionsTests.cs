using System.Collections.Concurrent;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Scoping;
using Godwit.Engine.Verifying;
using Godwit.Testing;
using Godwit.Testing.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>
/// Whatever command the engine sends, its connection may break: before the command is executed, and after. Here each kind of command
/// loses its connection in both ways on either side, in a migration that uses as many kinds as there are.
/// </summary>
[Requirement("D04")]
[Requirement("S14")]
public sealed class LostConnectionsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_kind_of_command_loses_its_answer_and_then_its_request_and_the_migration_ends_identical(
        bool isSharded
    )
    {
        await using var from = await StartedCluster.StartAsync(isSharded, "rs0", Token);
        await using var to = await StartedCluster.StartAsync(isSharded, "rs1", Token);
        await using var toSource = Relay(from);
        await using var toDestination = Relay(to);
        var (there, here) = (new Losses(), new Losses());
        using var client = new MongoClient(from.ConnectionString);
        var shop = client.GetDatabase("shop");
        await FillAsync(shop);
        toSource.Judge = there.Judge;
        toDestination.Judge = here.Judge;
        await using var source = new MongoSource(
            MongoAddress.Parse(toSource.Through(from.ConnectionString)),
            TimeProvider.System
        );
        await using var destination = new MongoDestination(
            MongoAddress.Parse(toDestination.Through(to.ConnectionString)),
            TimeProvider.System
        );
        var settings = new MigrationSettings
        {
            VerifyEvery = TimeSpan.FromMilliseconds(100),
            RangeBytes = 20_000,
            BlockSourceWrites = true,
            LateWriteWatch = TimeSpan.FromMilliseconds(100),
        };

        var migration = new Migration(settings, source, destination, new HastyTime(), NullLoggerFactory.Instance);
        var run = migration.RunAsync(Token);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        await ChangeAsync(shop);
        await Readiness.UntilReadyAsync(migration, run, Limit, Token);
        migration.RequestCutover();
        var report = await run.WaitAsync(Limit, Token);
        var compared = await new Comparison(
            source,
            destination,
            NamespaceScope.Everything,
            ignoreExisting: false,
            TimeProvider.System
        ).RunAsync(null, _ => { }, Token);

        TestContext.Current.TestOutputHelper?.WriteLine($"source: {there}\ndestination: {here}");
        report.Verdict.Text.ShouldBe("identical", $"{report.Failure?.Message} {report.Verdict.Reason}");
        report.Differences.ShouldBeEmpty();
        compared.Differences.ShouldBeEmpty();
        TestContext.Current.TestOutputHelper?.WriteLine($"source: {there}\ndestination: {here}");
        OfTheSource.ShouldBeSubsetOf(there.Commands);
        OfTheDestination.ShouldBeSubsetOf(here.Commands);
    }

    [Fact]
    [Requirement("C12")]
    public async Task A_preflight_whose_connection_breaks_looks_again()
    {
        await using var cluster = await StartedCluster.StartAsync(isSharded: false, "rs0", Token);
        await using var relay = Relay(cluster);
        var broken = new ConcurrentDictionary<string, bool>();
        relay.Judge = request =>
            request.Command is "connectionStatus" or "replSetGetConfig" && broken.TryAdd(request.Command, true)
                ? RelayFate.Delayed
                : RelayFate.Passed;

        var facts = await ClusterInspector.InspectAsync(
            relay.Through(cluster.ConnectionString),
            TimeProvider.System,
            Token
        );

        facts.Fault.ShouldBeNull();
        broken.Count.ShouldBe(2);
    }

    /// <summary>What a source and a destination are asked among other things: that the relays have met it is part of the test.</summary>
    private static readonly string[] OfTheSource =
    [
        "listDatabases",
        "listCollections",
        "listIndexes",
        "find",
        "aggregate",
        "getMore",
        "appendOplogNote",
        "setUserWriteBlockMode",
    ];

    private static readonly string[] OfTheDestination =
    [
        "insert",
        "update",
        "delete",
        "create",
        "createIndexes",
        "collMod",
        "drop",
        "dropIndexes",
        "renameCollection",
        "listCollections",
        "listIndexes",
        "listDatabases",
        "appendOplogNote",
        "getMore",
        "aggregate",
        "find",
    ];

    private static WireRelay Relay(StartedCluster cluster) =>
        new(MongoUrl.Create(cluster.ConnectionString).Servers.Select(one => $"{one.Host}:{one.Port}"));

    private static async Task FillAsync(IMongoDatabase shop)
    {
        foreach (var name in new[] { "orders", "leaving", "moving", "small" })
        {
            await shop.GetCollection<BsonDocument>(name)
                .InsertManyAsync(Enumerable.Range(0, name == "orders" ? 900 : 30).Select(Order), null, Token);
        }

        await IndexAsync(shop, "orders", "number", new() { Unique = true });
        await IndexAsync(shop, "small", "at", new() { ExpireAfter = TimeSpan.FromDays(1000) });
        await shop.CreateViewAsync<BsonDocument, BsonDocument>(
            "seen",
            "orders",
            new EmptyPipelineDefinition<BsonDocument>().Match(new BsonDocument("number", 1)),
            null,
            Token
        );
    }

    /// <summary>Every kind of event, values of a unique index that change hands, and definitions.</summary>
    private static async Task ChangeAsync(IMongoDatabase shop)
    {
        var orders = shop.GetCollection<BsonDocument>("orders");
        _ = await orders.DeleteManyAsync(new BsonDocument("_id", new BsonDocument("$lt", 20)), Token);
        _ = await orders.UpdateManyAsync(
            new BsonDocument("_id", new BsonDocument("$lt", 200)),
            new BsonDocument("$set", new BsonDocument("note", "changed")),
            null,
            Token
        );
        await orders.InsertManyAsync(Enumerable.Range(2000, 50).Select(Order), null, Token);
        foreach (var (id, number) in new[] { (300, -1), (301, 300), (300, 301) })
        {
            _ = await orders.ReplaceOneAsync(
                new BsonDocument("_id", id),
                new BsonDocument("number", number),
                (ReplaceOptions?)null,
                Token
            );
        }

        await IndexAsync(shop, "orders", "note", new());
        await shop.GetCollection<BsonDocument>("small").Indexes.DropOneAsync("at_1", Token);
        await shop.RenameCollectionAsync("moving", "moved", null, Token);
        await shop.DropCollectionAsync("leaving", Token);
        _ = await shop.RunCommandAsync<BsonDocument>(
            new BsonDocument
            {
                { "collMod", "small" },
                { "validator", new BsonDocument("number", new BsonDocument("$gte", 0)) },
            },
            null,
            Token
        );
        await shop.CreateCollectionAsync("new", null, Token);
    }

    private static Task IndexAsync(IMongoDatabase shop, string collection, string field, CreateIndexOptions options) =>
        shop.GetCollection<BsonDocument>(collection)
            .Indexes.CreateOneAsync(
                new CreateIndexModel<BsonDocument>(new BsonDocument(field, 1), options),
                null,
                Token
            );

    private static BsonDocument Order(int id) =>
        new()
        {
            { "_id", id },
            { "number", id },
            { "at", new BsonDateTime(1_900_000_000_000 + id) },
            { "text", new string('x', 50) },
        };

    /// <summary>Waits take a twentieth of the time: those after one loss upon the other would be most of the test.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, Shorten(dueTime), Shorten(period));

        private static TimeSpan Shorten(TimeSpan wait) => wait > TimeSpan.Zero ? wait / 20 : wait;
    }

    /// <summary>Of each command on each namespace the first answer is lost, then the request that comes next.</summary>
    private sealed class Losses
    {
        private static readonly HashSet<string> Spared =
        [
            "hello",
            "isMaster",
            "ismaster",
            "ping",
            // Nobody waits for it, and a cursor that is not killed ends by itself.
            "killCursors",
        ];

        private readonly ConcurrentDictionary<RelayRequest, int> met = [];

        internal IEnumerable<string> Commands => met.Keys.Select(one => one.Command).Distinct();

        internal RelayFate Judge(RelayRequest request) =>
            Spared.Contains(request.Command)
                ? RelayFate.Passed
                : met.AddOrUpdate(request, 1, (_, times) => times + 1) switch
                {
                    1 => RelayFate.AnswerLost,
                    2 => RelayFate.Delayed,
                    _ => RelayFate.Passed,
                };

        public override string ToString() =>
            string.Join(", ", met.Keys.Select(one => $"{one.Command} {one.Namespace}").Order(StringComparer.Ordinal));
    }
}
