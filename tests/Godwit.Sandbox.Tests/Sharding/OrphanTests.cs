using Godwit.Bson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>
/// What a shard keeps of a range that has moved away: documents that no reader through a router sees, written down in
/// <c>config.rangeDeletions</c> (range_deletion_task.idl) until they are removed.
/// </summary>
public sealed class OrphanTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-orphans-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_stay_until_their_deletion_is_due_and_routers_leave_them_out()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await MoveAwayAsync(cluster);

        (await CountOnShardAsync(cluster, 0)).ShouldBe(2);
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        (await cluster.ExpectAsync("t", "{count: 'c'}"))["n"].ToInt64().ShouldBe(2);
        var task = (await OnShardAsync(cluster, 0, "config", "{find: 'rangeDeletions'}")).ShouldHaveSingleItem();
        task["nss"].AsString.ShouldBe("t.c");
        task["donorShardId"].AsString.ShouldBe("s0");
        task["whenToClean"].AsString.ShouldBe("delayed");
        task["numOrphanDocs"].ToInt64().ShouldBe(2);
        task["range"].AsDocument["max"].AsDocument["k"].ToInt64().ShouldBe(100);
        task.Has("pending").ShouldBeFalse();
        (await OnShardAsync(cluster, 1, "config", "{find: 'rangeDeletions'}")).ShouldBeEmpty();
        var back = await cluster.RunAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's0'}");
        back["ok"].ToInt64().ShouldBe(0, "the shard still holds what it had");
    }

    [Fact]
    public async Task Cleaning_up_waits_until_they_are_gone()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.RunOnShardAsync(0, "admin", "{setParameter: 1, orphanCleanupDelaySecs: 0}");
        await MoveAwayAsync(cluster);

        var cleaned = await cluster.RunOnShardAsync(0, "admin", "{cleanupOrphaned: 't.c'}");

        cleaned["ok"].ToInt64().ShouldBe(1, cleaned.ToString());
        (await CountOnShardAsync(cluster, 0)).ShouldBe(0);
        (await OnShardAsync(cluster, 0, "config", "{find: 'rangeDeletions'}")).ShouldBeEmpty();
        (await cluster.RunAsync("admin", "{cleanupOrphaned: 't.c'}"))["code"]
            .ToInt64()
            .ShouldBe(59, "no command of mongos");
    }

    [Fact]
    public async Task A_cluster_started_again_still_knows_what_it_has_to_remove()
    {
        var options = new ShardedOptions { DataDirectory = folder };
        await using (var cluster = await ShardedUnderTest.StartSplitAsync(options))
        {
            await MoveAwayAsync(cluster);
        }

        await using var again = await ShardedUnderTest.StartAsync(options);
        (await CountOnShardAsync(again, 0)).ShouldBe(2);
        (await again.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        var back = await again.RunAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's0'}");
        back["ok"].ToInt64().ShouldBe(0, "the shard still holds what it had");
    }

    [Fact]
    public async Task What_a_failed_move_has_brought_is_removed_from_the_shard_that_did_not_get_the_range()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 0, k: 0}, {_id: 1, k: 1}, {_id: 1, k: 150}]}");

        var move = await cluster.RunAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1'}");

        move["ok"].ToInt64().ShouldBe(0, "the same _id is there with another key");
        await Condition.UntilAsync(
            async () =>
                (await OnShardAsync(cluster, 1, "config", "{find: 'rangeDeletions'}")).Count == 0
                && await CountOnShardAsync(cluster, 1) == 1,
            () => "what was copied is still there",
            Patience,
            Cancellation
        );
        (await cluster.ReadAsync("config", "{find: 'changelog', filter: {what: 'moveChunk.error'}}")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_document_whose_key_is_the_greatest_there_is_moves_with_the_last_chunk()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync(
            "t",
            "{insert: 'c', documents: [{_id: 1, k: {$maxKey: 1}}, {_id: 2, k: {$minKey: 1}}]}"
        );

        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 100}, to: 's0', _waitForDelete: true}");

        (await cluster.ReadAsync("t", "{find: 'c', sort: {_id: 1}}"))
            .Select(document => document["_id"].ToInt64())
            .ShouldBe([1, 2]);
        (await CountOnShardAsync(cluster, 1)).ShouldBe(0);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task MoveAwayAsync(ShardedUnderTest cluster)
    {
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 2}]}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1'}");
    }

    private static async Task<IReadOnlyList<RawDocument>> OnShardAsync(
        ShardedUnderTest cluster,
        int shard,
        string database,
        string command
    ) => ShardedUnderTest.Batch(await cluster.RunOnShardAsync(shard, database, command));

    private static async Task<int> CountOnShardAsync(ShardedUnderTest cluster, int shard) =>
        (await OnShardAsync(cluster, shard, "t", "{find: 'c'}")).Count;
}
