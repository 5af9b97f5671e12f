using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Planning;
using Godwit.Engine.Reporting;
using Godwit.Sandbox;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>
/// A migration to a sharded cluster that goes on after its process was killed compares what has changed since it compared last, on any shard,
/// as long as each of them still has what was compared (L49).
/// </summary>
[Requirement("H01")]
[Requirement("S22")]
public sealed class ShardedResumptionTests : IAsyncLifetime
{
    private const int Documents = 600;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private StartedCluster from = null!;
    private ShardedSandbox to = null!;
    private MongoClient there = null!;
    private MongoClient here = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        from = await StartedCluster.StartAsync(isSharded: false, "rs0", Token);
        to = await ShardedSandbox.StartAsync(new() { PeriodicNoOp = TimeSpan.FromSeconds(1) }, Token);
        (there, here) = (new(from.ConnectionString), new(to.ConnectionString));
        await Orders(there)
            .InsertManyAsync(
                Enumerable.Range(0, Documents).Select(id => new BsonDocument { { "_id", id }, { "k", id % 100 } }),
                null,
                Token
            );
    }

    public async ValueTask DisposeAsync()
    {
        there.Dispose();
        here.Dispose();
        await from.DisposeAsync();
        await to.DisposeAsync();
    }

    [Fact]
    public async Task What_was_compared_is_not_compared_again_and_what_others_did_meanwhile_is_found_on_every_shard()
    {
        await KillOnceAllIsKeptAsync();
        await MoveChunksAsync();
        _ = await Orders(here).DeleteOneAsync(new BsonDocument("_id", 3), Token);
        _ = await Orders(here).UpdateOneAsync(new BsonDocument("_id", 77), Set("tampered"), null, Token);
        _ = await Orders(there).UpdateOneAsync(new BsonDocument("_id", 5), Set("changed"), null, Token);

        var report = await CommitAsync();

        report.Verdict.Text.ShouldBe("identical after healing 2");
        report.Differences.Select(one => one.Key).ShouldBe(["3", "77"], ignoreOrder: true);
        report.Totals.DocumentsCompared.ShouldBeLessThan(Documents / 4);
        (await ReadAsync(here)).ShouldBe(await ReadAsync(there));
    }

    /// <summary>A mark that is missing stands for a shard that was restored from a backup of before it was written.</summary>
    [Fact]
    public async Task A_shard_that_lacks_the_mark_of_the_comparison_has_everything_compared()
    {
        await KillOnceAllIsKeptAsync();
        var fences = here.GetDatabase("godwit_reserved").GetCollection<BsonDocument>("fences");
        _ = await fences.DeleteManyAsync(new BsonDocument("shard", "s1"), Token);

        var report = await CommitAsync();

        report.Verdict.Text.ShouldBe("identical");
        report.Totals.DocumentsCompared.ShouldBeGreaterThanOrEqualTo(Documents);
    }

    private static BsonDocument Set(string text) => new("$set", new BsonDocument("text", text));

    private static IMongoCollection<BsonDocument> Orders(MongoClient client) =>
        client.GetDatabase("shop").GetCollection<BsonDocument>("orders");

    private static async Task<List<string>> ReadAsync(MongoClient client) =>
        [
            .. (
                await Orders(client).Find(new BsonDocument()).Sort(new BsonDocument("_id", 1)).ToListAsync(Token)
            ).Select(one => one.ToJson()),
        ];

    /// <summary>Runs until every range is kept as verified, and ends it without a word.</summary>
    private async Task KillOnceAllIsKeptAsync()
    {
        await using var life = new Life(from.ConnectionString, to.ConnectionString);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = life.Migration.RunAsync(kill.Token);
        var ranges = here.GetDatabase("godwit_reserved").GetCollection<BsonDocument>("ranges");
        await Condition.UntilAsync(
            async () =>
            {
                var kept = await ranges
                    .Find(new BsonDocument("verified", new BsonDocument("$exists", true)))
                    .ToListAsync(Token);
                return run.IsCompleted || kept.Sum(one => one["documents"].ToInt64()) == Documents;
            },
            () => $"not everything is kept as verified: {string.Join("; ", life.Migration.Progress.Warnings)}",
            Limit,
            Token
        );
        await kill.CancelAsync();
        _ = await Should.ThrowAsync<OperationCanceledException>(run.WaitAsync(Limit, Token));
        var shards = await Orders(here)
            .Database.Client.GetDatabase("config")
            .GetCollection<BsonDocument>("chunks")
            .Distinct<string>("shard", new BsonDocument(), null, Token)
            .ToListAsync(Token);
        shards.Count.ShouldBe(2);
    }

    private async Task MoveChunksAsync()
    {
        var admin = here.GetDatabase("admin");
        foreach (var key in new[] { 0, 99 })
        {
            foreach (var shard in new[] { "s0", "s1" })
            {
                var move = new BsonDocument
                {
                    { "moveChunk", "shop.orders" },
                    { "find", new BsonDocument("k", key) },
                    { "to", shard },
                    { "_waitForDelete", true },
                };
                _ = await admin.RunCommandAsync<BsonDocument>(move, null, Token);
            }
        }
    }

    private async Task<MigrationReport> CommitAsync()
    {
        await using var life = new Life(from.ConnectionString, to.ConnectionString);
        var run = life.Migration.RunAsync(Token);
        await Readiness.UntilReadyAsync(life.Migration, run, Limit, Token);
        life.Migration.RequestCutover();
        return await run.WaitAsync(Limit, Token);
    }

    /// <summary>One process.</summary>
    private sealed class Life : IAsyncDisposable
    {
        private readonly MongoSource source;
        private readonly MongoDestination destination;

        internal Life(string from, string to)
        {
            source = new(MongoAddress.Parse(from), TimeProvider.System);
            destination = new(MongoAddress.Parse(to), TimeProvider.System);
            var settings = new MigrationSettings
            {
                RangeBytes = 2_000,
                VerifyEvery = TimeSpan.FromMilliseconds(100),
                KeepProofEvery = TimeSpan.FromMilliseconds(100),
                CeilingSlackSeconds = 0,
                Sharding = ShardingOptions.Parse(
                    """
                    {"createSupportingIndexes": true, "shardingEntries": [
                      {"database": "shop", "collection": "orders", "shardCollection": {"key": {"k": 1}}}]}
                    """
                ),
            };
            Migration = new(settings, source, destination, TimeProvider.System, NullLoggerFactory.Instance);
        }

        internal Migration Migration { get; }

        public async ValueTask DisposeAsync()
        {
            await source.DisposeAsync();
            await destination.DisposeAsync();
        }
    }
}
