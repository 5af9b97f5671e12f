using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>
/// What a cluster does while its users' writes are blocked: jstests/sharding/set_user_write_block_mode.js and, for users who pass the
/// block, GlobalUserWriteBlockState::checkShardedDDLAllowedToStart (the coordinators carry mayBypassWriteBlocking to all shards).
/// </summary>
public sealed class ShardedWriteBlockTests
{
    private const int UserWritesBlocked = 371;
    private static readonly SandboxCredential Root = new("root", "x");

    [Fact]
    public async Task Chunks_and_primary_shards_move_and_indexes_come_along()
    {
        await using var cluster = await ShardedUnderTest.StartAsync();
        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        await cluster.ExpectAsync("admin", "{shardCollection: 't.c', key: {k: 1}}");
        await cluster.ExpectAsync("t", "{createIndexes: 'c', indexes: [{key: {x: 1}, name: 'x'}]}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}]}");
        await cluster.ExpectAsync("t", "{insert: 'other', documents: [{_id: 1}]}");
        await cluster.ExpectAsync("admin", "{setUserWriteBlockMode: 1, global: true}");

        await cluster.ExpectAsync("admin", "{split: 't.c', middle: {k: 0}}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1', _waitForDelete: true}");
        var indexes = await cluster.RunOnShardAsync(1, "t", "{listIndexes: 'c'}");
        ShardedUnderTest.Batch(indexes).Select(index => index["name"].AsString).ShouldContain("x");
        await cluster.ExpectAsync("admin", "{movePrimary: 't', to: 's1'}");

        (await cluster.ReadAsync("t", "{find: 'other'}")).Count.ShouldBe(1);
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(1);
        ShardedUnderTest.Batch(await cluster.RunOnShardAsync(0, "t", "{find: 'c'}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_shard_that_joins_blocks_writes_if_the_cluster_does_and_not_if_it_does_not()
    {
        await using var cluster = await ShardedUnderTest.StartAsync(new ShardedOptions { Shards = 1, SpareSets = 1 });
        var spare = cluster.Cluster.SpareSets[0];
        await cluster.ExpectAsync("admin", "{setUserWriteBlockMode: 1, global: true}");

        await cluster.ExpectAsync("admin", $"{{addShard: 's1/127.0.0.1:{spare.Ports[0]}'}}");
        CodeOf(await InsertDirectlyAsync(spare)).ShouldBe(UserWritesBlocked);

        await Testing.Condition.UntilAsync(
            async () => (await cluster.ExpectAsync("admin", "{removeShard: 's1'}"))["state"].AsString == "completed",
            () => "the shard is still being drained",
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken
        );
        await cluster.ExpectAsync("admin", "{setUserWriteBlockMode: 1, global: false}");
        await cluster.ExpectAsync("admin", $"{{addShard: 's1/127.0.0.1:{spare.Ports[0]}'}}");

        CodeOf(await InsertDirectlyAsync(spare)).ShouldBe(0);
    }

    [Theory]
    [InlineData("{shardCollection: 't.new', key: {k: 'hashed'}}")]
    [InlineData("{shardCollection: 't.old', key: {_id: 1}}")]
    [InlineData("{reshardCollection: 't.c', key: {_id: 1}, numInitialChunks: 2}")]
    [InlineData("{refineCollectionShardKey: 't.c', key: {k: 1, n: 1}}")]
    [InlineData("{renameCollection: 't.c', to: 't.d'}")]
    [InlineData("{movePrimary: 't', to: 's1'}")]
    [InlineData("{moveCollection: 't.old', toShard: 's1'}")]
    [InlineData("{unshardCollection: 't.c', toShard: 's1'}")]
    public async Task Who_may_pass_the_block_changes_what_is_sharded_and_nobody_else(string command)
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync(new ShardedOptions { Credential = Root });
        await cluster.ExpectAsync("t", "{createIndexes: 'c', indexes: [{key: {k: 1, n: 1}, name: 'refined'}]}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1, n: 1}, {_id: 2, k: 150, n: 2}]}");
        await cluster.ExpectAsync("t", "{insert: 'old', documents: [{_id: 1}, {_id: 2}]}");
        await cluster.ExpectAsync(
            "admin",
            "{createUser: 'held', pwd: 'x', roles: ['clusterManager', 'readWriteAnyDatabase', 'dbAdminAnyDatabase']}"
        );
        await cluster.ExpectAsync("admin", "{setUserWriteBlockMode: 1, global: true}");
        await using var held = await ShardedUnderTest.ConnectAsync(cluster.Cluster.RouterPorts[0], "held");

        var refused = await ShardedUnderTest.RunAsync(held, "admin", ShellText.Command(command));
        var moves = command.Contains("movePrimary", StringComparison.Ordinal);
        CodeOf(refused).ShouldBe(moves ? 0 : UserWritesBlocked, refused.ToString());

        await cluster.ExpectAsync("admin", command);
        await cluster.ExpectAsync("t", "{insert: 'e', documents: [{_id: 9, k: 9, n: 9}]}");
        await cluster.ExpectAsync("t", "{drop: 'old'}");
        await cluster.ExpectAsync("t", "{dropDatabase: 1}");
    }

    private static long CodeOf(RawDocument reply) =>
        reply["writeErrors"] is { Type: BsonType.Array } errors
            ? errors.AsDocument.Values().First().AsDocument["code"].ToInt64()!.Value
            : reply["code"].ToInt64() ?? 0;

    private static async Task<RawDocument> InsertDirectlyAsync(SandboxCluster set)
    {
        await using var direct = await ShardedUnderTest.ConnectAsync(set.Ports[0], null);
        return await ShardedUnderTest.RunAsync(direct, "own", ShellText.Command("{insert: 'c', documents: [{a: 1}]}"));
    }
}
