using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>Shards that come and go: sharding_catalog_manager_shard_operations.cpp of MongoDB 8.0.</summary>
public sealed class MembershipTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-members-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_set_joins_with_its_databases_and_takes_chunks()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync(new ShardedOptions { SpareSets = 1 });
        var spare = cluster.Cluster.SpareSets[0];
        await using (var direct = await ShardedUnderTest.ConnectAsync(spare.Ports[0], null))
        {
            await ShardedUnderTest.RunAsync(direct, "own", ShellText.Command("{insert: 'x', documents: [{_id: 1}]}"));
        }

        var added = await cluster.ExpectAsync("admin", $"{{addShard: 's2/127.0.0.1:{spare.Ports[0]}', name: 'third'}}");

        added["shardAdded"].AsString.ShouldBe("third");
        (await cluster.ReadAsync("own", "{find: 'x'}")).Count.ShouldBe(1);
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}]}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 'third', _waitForDelete: true}");
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(1);
        (await cluster.ReadAsync("config", "{find: 'changelog', filter: {what: 'addShard'}}"))[0]
            ["details"]
            .AsDocument["name"]
            .AsString.ShouldBe("third");
        var again = await cluster.ExpectAsync("admin", $"{{addShard: 's2/127.0.0.1:{spare.Ports[0]}'}}");
        again["shardAdded"].AsString.ShouldBe("third");
    }

    [Fact]
    public async Task A_set_with_a_database_that_another_shard_has_is_refused()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync(new ShardedOptions { SpareSets = 1 });
        var spare = cluster.Cluster.SpareSets[0];
        await using (var direct = await ShardedUnderTest.ConnectAsync(spare.Ports[0], null))
        {
            await ShardedUnderTest.RunAsync(direct, "t", ShellText.Command("{insert: 'x', documents: [{_id: 1}]}"));
        }

        var refused = await cluster.RunAsync("admin", $"{{addShard: 's2/127.0.0.1:{spare.Ports[0]}'}}");

        refused["code"].ToInt64().ShouldBe(96);
        refused["errmsg"].AsString.ShouldContain("because a local database 't' exists in another s0");
        var foreign = await cluster.RunAsync("admin", "{addShard: 'rs/127.0.0.1:1'}");
        foreign["code"].ToInt64().ShouldBe(238);
    }

    [Fact]
    public async Task A_shard_is_drained_until_nothing_is_left_and_then_gone_in_the_next_life_too()
    {
        var options = new ShardedOptions { DataDirectory = folder, BalancerPause = TimeSpan.FromMilliseconds(200) };
        await using (var cluster = await ShardedUnderTest.StartSplitAsync(options))
        {
            await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 150}]}");
            await cluster.ExpectAsync("admin", "{enableSharding: 'other', primaryShard: 's1'}");

            var started = await cluster.ExpectAsync("admin", "{removeShard: 's1'}");
            started["state"].AsString.ShouldBe("started");
            started["dbsToMove"].AsDocument.Values().Select(name => name.AsString).ShouldBe(["other"]);
            await UntilAsync(
                async () =>
                    (await cluster.ExpectAsync("admin", "{removeShard: 's1'}"))["remaining"].AsDocument["chunks"] == 0L,
                "the chunks did not leave"
            );
            await cluster.ExpectAsync("admin", "{movePrimary: 'other', to: 's0'}");
            (await cluster.ExpectAsync("admin", "{removeShard: 's1'}"))["state"].AsString.ShouldBe("completed");

            var shards = await cluster.ExpectAsync("admin", "{listShards: 1}");
            shards["shards"].AsDocument.Count().ShouldBe(1);
            (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
            (await cluster.RunAsync("admin", "{removeShard: 's0'}"))["code"]
                .ToInt64()
                .ShouldBe(20, "the last one stays");
        }

        await using var again = await ShardedUnderTest.StartAsync(options);
        (await again.ExpectAsync("admin", "{listShards: 1}"))["shards"].AsDocument.Count().ShouldBe(1);
        (await again.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        var back = await again.RunAsync("admin", $"{{addShard: 's1/127.0.0.1:{again.Cluster.Shards[1].Ports[0]}'}}");
        back["code"].ToInt64().ShouldBe(96, "it has the emptied collections still");
    }

    /// <summary>configsvr_transition_to_dedicated_config_server_command.cpp.</summary>
    [Fact]
    public async Task Config_servers_become_a_shard_in_the_next_life_too_and_cease_to_be_one_when_nothing_is_left_there()
    {
        var options = new ShardedOptions { DataDirectory = folder };
        await using (var cluster = await ShardedUnderTest.StartSplitAsync(options))
        {
            (await cluster.RunAsync("admin", "{transitionToDedicatedConfigServer: 1}"))["code"].ToInt64().ShouldBe(70);
            await cluster.ExpectAsync("admin", "{balancerStop: 1}");
            await cluster.ExpectAsync("admin", "{transitionFromDedicatedConfigServer: 1}");
            await cluster.ExpectAsync("admin", "{transitionFromDedicatedConfigServer: 1}");
            await cluster.ExpectAsync(
                "admin",
                "{moveChunk: 't.c', find: {k: 150}, to: 'config', _waitForDelete: true}"
            );
            await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 150}]}");
            await cluster.ExpectAsync("admin", "{enableSharding: 'other', primaryShard: 'config'}");
            await cluster.ExpectAsync("other", "{insert: 'x', documents: [{_id: 1}]}");
        }

        await using var again = await ShardedUnderTest.StartAsync(options);
        (await again.ExpectAsync("admin", "{listShards: 1}"))["shards"].AsDocument.Count().ShouldBe(3);
        (await again.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        (await again.ReadAsync("other", "{find: 'x'}")).Count.ShouldBe(1);
        var started = await again.ExpectAsync("admin", "{transitionToDedicatedConfigServer: 1}");
        started["state"].AsString.ShouldBe("started");
        started["dbsToMove"].AsDocument.Values().Select(name => name.AsString).ShouldBe(["other"]);
        await again.ExpectAsync("admin", "{movePrimary: 'other', to: 's0'}");
        var ongoing = await again.ExpectAsync("admin", "{transitionToDedicatedConfigServer: 1}");
        ongoing["remaining"].AsDocument["chunks"].ToInt64().ShouldBe(1);
        await again.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 150}, to: 's1', _waitForDelete: true}");
        var completed = await again.ExpectAsync("admin", "{transitionToDedicatedConfigServer: 1}");
        completed["state"].AsString.ShouldBe("completed");

        (await again.ExpectAsync("admin", "{listShards: 1}"))["shards"].AsDocument.Count().ShouldBe(2);
        (await again.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        (await again.ReadAsync("other", "{find: 'x'}")).Count.ShouldBe(1);
        await again.ExpectAsync("admin", "{transitionFromDedicatedConfigServer: 1}");
    }

    [Fact]
    public async Task The_only_shard_of_a_zone_with_a_range_is_not_removed()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync("admin", "{addShardToZone: 's1', zone: 'z'}");
        await cluster.ExpectAsync("admin", "{updateZoneKeyRange: 't.c', min: {k: 100}, max: {k: 200}, zone: 'z'}");

        (await cluster.RunAsync("admin", "{removeShard: 's1'}"))["code"].ToInt64().ShouldBe(163);
    }

    [Theory]
    [InlineData("8.0", 2)]
    [InlineData("7.0", 4)]
    public async Task An_empty_collection_sharded_with_presplit_zones_gets_chunks_on_every_shard_of_each_zone(
        string version,
        int chunks
    )
    {
        await using var cluster = await ShardedUnderTest.StartAsync(new ShardedOptions { MongoVersion = version });
        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        await cluster.ExpectAsync("admin", "{addShardToZone: 's0', zone: 'z'}");
        await cluster.ExpectAsync("admin", "{addShardToZone: 's1', zone: 'z'}");
        await cluster.ExpectAsync(
            "admin",
            "{updateZoneKeyRange: 't.h', min: {a: 1, k: {$minKey: 1}}, max: {a: 2, k: {$minKey: 1}}, zone: 'z'}"
        );

        await cluster.ExpectAsync(
            "admin",
            "{shardCollection: 't.h', key: {a: 1, k: 'hashed'}, presplitHashedZones: true}"
        );

        var inZone = await cluster.ReadAsync("config", "{find: 'chunks', filter: {'min.a': 1}}");
        inZone.Count.ShouldBe(chunks);
        inZone.Select(chunk => chunk["shard"].AsString).Distinct().Order().ShouldBe(["s0", "s1"]);
        (await cluster.RunAsync("admin", "{shardCollection: 't.n', key: {k: 'hashed'}, presplitHashedZones: true}"))[
            "code"
        ]
            .ToInt64()
            .ShouldBe(31387);
    }

    [Fact]
    public async Task An_empty_collection_with_zones_begins_with_a_chunk_for_each_on_a_shard_of_its_own()
    {
        await using var cluster = await ShardedUnderTest.StartAsync();
        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        await cluster.ExpectAsync("admin", "{addShardToZone: 's1', zone: 'z'}");
        await cluster.ExpectAsync("admin", "{updateZoneKeyRange: 't.z', min: {k: 1}, max: {k: 5}, zone: 'z'}");

        await cluster.ExpectAsync("admin", "{shardCollection: 't.z', key: {k: 1}}");

        var chunk = (
            await cluster.ReadAsync("config", "{find: 'chunks', filter: {'min.k': 1}}")
        ).ShouldHaveSingleItem();
        chunk["shard"].AsString.ShouldBe("s1");
        chunk["max"].AsDocument["k"].ToInt64().ShouldBe(5);
        await cluster.ExpectAsync("t", "{insert: 'z', documents: [{_id: 1, k: 2}, {_id: 2, k: 9}]}");
        (await cluster.ReadAsync("t", "{find: 'z'}")).Count.ShouldBe(2);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static Task UntilAsync(Func<Task<bool>> holds, string otherwise) =>
        Condition.UntilAsync(holds, () => otherwise, Patience, Cancellation);
}
