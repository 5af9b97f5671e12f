using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>Time-series collections whose buckets lie on several shards: create_collection_coordinator.cpp, shard_key_util.cpp of MongoDB 8.0.</summary>
public sealed class SeriesShardingTests
{
    /// <summary>sessions-sharded/shard_collection, step 29.</summary>
    [Fact]
    public async Task Measurements_go_to_the_shard_of_their_source_and_are_read_from_all()
    {
        await using var cluster = await StartAsync();

        await InsertAsync(cluster);

        (await HeldAsync(cluster, 0)).ShouldBe(2, "buckets of the sources 1 and 2");
        (await HeldAsync(cluster, 1)).ShouldBe(1, "the bucket of source 150");
        (await NumbersAsync(cluster, "{find: 's', sort: {_id: 1}}")).ShouldBe([1, 2, 3, 4]);
        (await NumbersAsync(cluster, "{find: 's', filter: {m: 150}}")).ShouldBe([4]);
        (await cluster.ExpectAsync("t", "{count: 's', query: {m: {$lt: 100}}}"))["n"].ToInt64().ShouldBe(3);
        (await cluster.ExpectAsync("t", "{distinct: 's', key: 'm'}"))["values"]
            .AsDocument.Values()
            .Select(value => value.ToInt64())
            .ShouldBe([1, 2, 150]);
        var groups = await cluster.ReadAsync(
            "t",
            "{aggregate: 's', pipeline: [{$group: {_id: null, n: {$sum: '$v'}}}], cursor: {}}"
        );
        groups[0]["n"].ToInt64().ShouldBe(10);
        var entry = (await cluster.ReadAsync("config", "{find: 'collections'}")).ShouldHaveSingleItem();
        entry["_id"].AsString.ShouldBe("t.system.buckets.s");
        entry["key"].ShouldBe(RawValue.Document(ShellText.Command("{meta: 1}").Build()));
        entry["timeseriesFields"].AsDocument["timeField"].AsString.ShouldBe("t");
    }

    [Fact]
    public async Task Deletes_and_updates_reach_measurements_on_every_shard_and_chunks_of_buckets_move()
    {
        await using var cluster = await StartAsync();
        await InsertAsync(cluster);

        await cluster.ExpectAsync(
            "admin",
            "{moveChunk: 't.system.buckets.s', find: {meta: 1}, to: 's1', _waitForDelete: true}"
        );
        (await HeldAsync(cluster, 0)).ShouldBe(0);
        await InsertAsync(cluster, 10);
        (await NumbersAsync(cluster, "{find: 's', sort: {_id: 1}}")).ShouldBe([1, 2, 3, 4, 11, 12, 13, 14]);

        var many = await cluster.ExpectAsync("t", "{delete: 's', deletes: [{q: {v: {$in: [2, 4]}}, limit: 0}]}");
        many["n"].ToInt64().ShouldBe(4);
        var one = await cluster.ExpectAsync("t", "{delete: 's', deletes: [{q: {v: 1}, limit: 1}]}");
        one["n"].ToInt64().ShouldBe(1);
        (await NumbersAsync(cluster, "{find: 's'}")).Count.ShouldBe(3);
        var refused = await cluster.RunAsync(
            "t",
            "{update: 's', updates: [{q: {m: 2}, u: {$set: {m: 7}}, multi: true}]}"
        );
        refused.ToString().ShouldContain("shard key");
    }

    [Fact]
    public async Task Indexes_statistics_and_the_end_of_a_sharded_time_series_collection_are_those_of_all_shards()
    {
        await using var cluster = await StartAsync();
        await InsertAsync(cluster);

        await cluster.ExpectAsync("t", "{createIndexes: 's', indexes: [{key: {v: 1}, name: 'v'}]}");
        foreach (var shard in (int[])[0, 1])
        {
            var listed = await cluster.RunOnShardAsync(shard, "t", "{listIndexes: 'system.buckets.s'}");
            listed.ToString().ShouldContain("control.min.v");
        }

        (await cluster.ExpectAsync("t", "{collStats: 's'}"))["shards"].AsDocument.Count().ShouldBe(2);
        await cluster.ExpectAsync("t", "{drop: 's'}");
        (
            await cluster.ReadAsync("t", "{listCollections: 1, filter: {name: {$in: ['s', 'system.buckets.s']}}}")
        ).ShouldBeEmpty();
        (await cluster.ReadAsync("config", "{find: 'collections'}")).ShouldBeEmpty();
        (await HeldAsync(cluster, 0) + await HeldAsync(cluster, 1)).ShouldBe(0);
    }

    [Fact]
    public async Task An_existing_collection_is_sharded_by_time_behind_its_source_and_other_keys_are_refused()
    {
        await using var cluster = await ShardedUnderTest.StartAsync();
        await cluster.ExpectAsync("t", "{create: 's', timeseries: {timeField: 't', metaField: 'm'}}");
        foreach (
            var (key, code) in (IReadOnlyList<(string, int)>)
                [("{v: 1}", 5914001), ("{t: 1, m: 1}", 5914000), ("{t: 'hashed'}", 880031)]
        )
        {
            var refused = await cluster.RunAsync("admin", $"{{shardCollection: 't.s', key: {key}}}");
            refused["code"].ToInt64().ShouldBe(code, refused.ToString());
        }

        var other = await cluster.RunAsync(
            "admin",
            "{shardCollection: 't.s', key: {m: 1}, timeseries: {timeField: 't'}}"
        );
        other["code"].ToInt64().ShouldBe(5731500);
        await cluster.ExpectAsync("admin", "{shardCollection: 't.s', key: {m: 1, t: 1}}");
        await InsertAsync(cluster);
        (await NumbersAsync(cluster, "{find: 's', sort: {v: 1}}")).ShouldBe([1, 2, 3, 4]);
    }

    private static async Task<ShardedUnderTest> StartAsync()
    {
        var cluster = await ShardedUnderTest.StartAsync();
        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        var reply = await cluster.ExpectAsync(
            "admin",
            "{shardCollection: 't.s', key: {m: 1}, timeseries: {timeField: 't', metaField: 'm'}}"
        );
        reply["collectionsharded"].AsString.ShouldBe("t.s");
        await cluster.ExpectAsync("admin", "{split: 't.system.buckets.s', middle: {meta: 100}}");
        await cluster.ExpectAsync(
            "admin",
            "{moveChunk: 't.system.buckets.s', find: {meta: 100}, to: 's1', _waitForDelete: true}"
        );
        return cluster;
    }

    private static Task<RawDocument> InsertAsync(ShardedUnderTest cluster, int offset = 0)
    {
        var measurements = new[] { (1, 1), (1, 2), (2, 3), (150, 4) }.Select(one =>
            $"{{t: {{$date: '2026-01-01T00:00:0{one.Item2}Z'}}, m: {one.Item1}, _id: {one.Item2 + offset}, v: {one.Item2}}}"
        );
        return cluster.ExpectAsync("t", $"{{insert: 's', documents: [{string.Join(", ", measurements)}]}}");
    }

    private static async Task<IReadOnlyList<long?>> NumbersAsync(ShardedUnderTest cluster, string command) =>
        [.. (await cluster.ReadAsync("t", command)).Select(document => document["_id"].ToInt64())];

    private static async Task<int> HeldAsync(ShardedUnderTest cluster, int shard) =>
        ShardedUnderTest.Batch(await cluster.RunOnShardAsync(shard, "t", "{find: 'system.buckets.s'}")).Count;
}
