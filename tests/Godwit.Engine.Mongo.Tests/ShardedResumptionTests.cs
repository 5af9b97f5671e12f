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
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-resumption-").FullName;
    private StartedCluster from = null!;
    private ShardedSandbox to = null!;
    private MongoClient there = null!;
    private MongoClient here = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        from = await StartedCluster.StartAsync(isSharded: false, "rs0", Token);
        there = new(from.ConnectionString);
        await StartDestinationAsync();
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
        await from.DisposeAsync();
        await StopDestinationAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_was_compared_is_not_compared_again_and_what_others_did_meanwhile_is_found_on_every_shard()
    {
        await KillOnceAllIsKeptAsync();
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

    /// <summary>In no event, and so compared as a whole: which shard lacks what came to it is not known.</summary>
    [Fact]
    [Requirement("S21")]
    public async Task A_collection_of_which_chunks_have_moved_since_is_compared_as_a_whole()
    {
        await KillOnceAllIsKeptAsync();
        await MoveAsync("s0");
        await MoveAsync("s1");

        var report = await CommitAsync();

        report.Verdict.Text.ShouldBe("identical");
        report.Totals.DocumentsCompared.ShouldBeGreaterThanOrEqualTo(Documents);
    }

    /// <summary>The shard has the mark, and the config servers give it a chunk that it no longer has.</summary>
    [Fact]
    [Requirement("S21")]
    public async Task What_a_shard_lacks_that_was_restored_to_before_chunks_came_to_it_is_found_and_healed()
    {
        await KillOnceAllIsKeptAsync();
        await StopDestinationAsync();
        FolderCopy.Make(Path.Combine(folder, "data", "s1"), Path.Combine(folder, "backup"));
        await StartDestinationAsync();
        await MoveAsync("s1");
        await StopDestinationAsync();
        Directory.Delete(Path.Combine(folder, "data", "s1"), recursive: true);
        FolderCopy.Make(Path.Combine(folder, "backup"), Path.Combine(folder, "data", "s1"));
        await StartDestinationAsync();
        var lost = Documents - (await ReadAsync(here)).Count;
        lost.ShouldBeGreaterThan(0);

        var report = await CommitAsync();

        report.Verdict.Text.ShouldBe($"identical after healing {lost}");
        (await ReadAsync(here)).ShouldBe(await ReadAsync(there));
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

    /// <summary>Moves the chunk with the least key to a shard.</summary>
    private async Task MoveAsync(string shard)
    {
        var move = new BsonDocument
        {
            { "moveChunk", "shop.orders" },
            { "find", new BsonDocument("k", 0) },
            { "to", shard },
            { "_waitForDelete", true },
        };
        _ = await here.GetDatabase("admin").RunCommandAsync<BsonDocument>(move, null, Token);
    }

    private async Task StartDestinationAsync()
    {
        var options = new ShardedOptions
        {
            PeriodicNoOp = TimeSpan.FromSeconds(1),
            DataDirectory = Path.Combine(folder, "data"),
        };
        to = await ShardedSandbox.StartAsync(options, Token);
        here = new(to.ConnectionString);
    }

    private async Task StopDestinationAsync()
    {
        here.Dispose();
        await to.DisposeAsync();
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
                HealingsMax = Documents,
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
