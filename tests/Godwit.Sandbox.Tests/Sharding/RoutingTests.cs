using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

public sealed class RoutingTests
{
    [Fact]
    public async Task Documents_lie_on_the_shards_that_own_their_keys_and_are_read_as_one_collection()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync(
            "t",
            "{insert: 'c', documents: [{_id: 1, k: 5}, {_id: 2, k: 500}, {_id: 3, k: 99}, {_id: 4, k: 100}]}"
        );
        await OnShardAsync(cluster, 0, "1 3");
        await OnShardAsync(cluster, 1, "2 4");
        var sorted = await cluster.ReadAsync("t", "{find: 'c', sort: {k: -1}, projection: {_id: 1}, limit: 3}");
        string.Join(' ', sorted.Select(document => document["_id"])).ShouldBe("2 4 3");
        var groups = await cluster.ReadAsync(
            "t",
            "{aggregate: 'c', pipeline: [{$group: {_id: null, n: {$sum: 1}, k: {$max: '$k'}}}], cursor: {}}"
        );
        groups[0].ShouldBe(ShellText.Document("{_id: null, n: 4, k: 500}"));
    }

    /// <summary>collection_routing_info_targeter.cpp; featureFlagUpdateOneWithoutShardKey, 7.1.</summary>
    [Theory]
    [InlineData("{delete: 'c', deletes: [{q: {n: 1}, limit: 1}]}", 61, 0)]
    [InlineData("{delete: 'c', deletes: [{q: {_id: 1}, limit: 1}]}", 0, 0)]
    [InlineData("{update: 'c', updates: [{q: {n: 1}, u: {$set: {m: 1}}}]}", 72, 0)]
    [InlineData("{update: 'c', updates: [{q: {n: 1}, u: {$set: {m: 1}}, multi: true}]}", 0, 0)]
    [InlineData("{update: 'c', updates: [{q: {_id: 9}, u: {_id: 9, k: 500}, upsert: true}]}", 61, 0)]
    [InlineData("{update: 'c', updates: [{q: {n: 9}, u: {$set: {m: 1}}, multi: true, upsert: true}]}", 61, 61)]
    [InlineData("{findAndModify: 'c', query: {n: 1}, remove: true}", 61, 0)]
    public async Task Writes_of_one_document_need_the_shard_key_or_an_id_in_earlier_releases(
        string command,
        int before,
        int now
    )
    {
        foreach (var (release, code) in new[] { ("7.0", before), ("8.0", now) })
        {
            await using var cluster = await ShardedUnderTest.StartSplitAsync(
                new ShardedOptions { Members = 1, MongoVersion = release }
            );
            await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 5, n: 1}, {_id: 2, k: 500, n: 1}]}");

            var reply = await cluster.RunAsync("t", command);

            var error = reply.Has("writeErrors") ? reply["writeErrors"].AsDocument["0"].AsDocument : reply;
            (error["code"].ToInt64() ?? 0).ShouldBe(code, $"{release}: {reply}");
        }
    }

    /// <summary>collection_routing_info_targeter.cpp: by the key of the new document, even where the old one is elsewhere.</summary>
    [Fact]
    public async Task A_replacement_by_id_goes_to_the_shard_of_the_new_documents_key()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 5}]}");

        var elsewhere = await cluster.ExpectAsync("t", "{update: 'c', updates: [{q: {_id: 1}, u: {k: 500}}]}");
        var there = await cluster.ExpectAsync("t", "{update: 'c', updates: [{q: {_id: 1}, u: {k: 5, m: 1}}]}");
        await cluster.ExpectAsync("t", "{update: 'c', updates: [{q: {_id: 1}, u: {k: 500}, upsert: true}]}");

        elsewhere["n"].ToInt64().ShouldBe(0);
        there["nModified"].ToInt64().ShouldBe(1);
        await OnShardAsync(cluster, 0, "1");
        await OnShardAsync(cluster, 1, "1");
    }

    [Fact]
    public async Task A_collection_that_left_its_databases_primary_shard_is_listed_all_the_same()
    {
        await using var cluster = await ShardedUnderTest.StartAsync(new ShardedOptions { Shards = 3 });
        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        foreach (var name in new[] { "moved", "resharded" })
        {
            await cluster.ExpectAsync("t", $"{{insert: '{name}', documents: [{{_id: 1, k: 1}}, {{_id: 2, k: 2}}]}}");
        }

        await cluster.ExpectAsync("t", "{createIndexes: 'resharded', indexes: [{key: {k: 1}, name: 'k'}]}");
        await cluster.ExpectAsync("admin", "{shardCollection: 't.resharded', key: {_id: 1}}");
        await cluster.ExpectAsync("admin", "{moveCollection: 't.moved', toShard: 's1'}");
        await cluster.ExpectAsync("admin", "{reshardCollection: 't.resharded', key: {k: 1}, numInitialChunks: 2}");

        var listed = await cluster.ReadAsync("t", "{listCollections: 1}");
        listed.Select(entry => entry["name"].AsString).Order().ShouldBe(["moved", "resharded"]);
        (await cluster.ReadAsync("t", "{find: 'moved'}")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_snapshot_is_aggregated_over_shards_that_have_more_than_a_batch_each()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        var documents = string.Join(", ", Enumerable.Range(0, 400).Select(i => $"{{_id: {i}, k: {i % 200}}}"));
        await cluster.ExpectAsync("t", $"{{insert: 'c', documents: [{documents}]}}");

        var read = await cluster.ReadAsync(
            "t",
            "{aggregate: 'c', pipeline: [{$sort: {_id: 1}}, {$set: {x: 1}}], cursor: {batchSize: 350}, readConcern: {level: 'snapshot'}}"
        );

        read.Select(one => one["_id"].ToInt64()).ShouldBe(Enumerable.Range(0, 350).Select(i => (long?)i));
    }

    [Fact]
    public async Task A_cursor_over_several_shards_keeps_the_order_over_all_batches()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        var documents = string.Join(
            ", ",
            Enumerable.Range(0, 60).Select(i => $"{{_id: {i}, k: {i * 7 % 200}, s: {i % 11}}}")
        );
        await cluster.ExpectAsync("t", $"{{insert: 'c', documents: [{documents}]}}");
        await using var connection = await cluster.ConnectAsync();
        var reply = await ShardedUnderTest.RunAsync(
            connection,
            "t",
            ShellText.Command("{find: 'c', sort: {s: 1, _id: -1}, skip: 3, batchSize: 4}")
        );
        var read = ShardedUnderTest.Batch(reply).ToList();
        while (reply["cursor"].AsDocument["id"].AsInt64 is var id && id != 0)
        {
            reply = await ShardedUnderTest.RunAsync(
                connection,
                "t",
                new()
                {
                    { "getMore", id },
                    { "collection", "c" },
                    { "batchSize", 7 },
                }
            );
            read.AddRange(ShardedUnderTest.Batch(reply));
        }

        var expected = Enumerable.Range(0, 60).OrderBy(i => i % 11).ThenByDescending(i => i).Skip(3);
        read.Select(document => document["_id"].AsInt32).ShouldBe(expected);
    }

    [Fact]
    public async Task A_document_that_a_shard_holds_but_does_not_own_is_not_there()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        var direct = await cluster.RunOnShardAsync(1, "t", "{insert: 'c', documents: [{_id: 'orphan', k: 1}]}");
        direct["n"].AsInt32.ShouldBe(1);
        (await cluster.ReadAsync("t", "{find: 'c'}")).ShouldBeEmpty();
        (await cluster.ExpectAsync("t", "{count: 'c'}"))["n"].ToInt64().ShouldBe(0);
        var removed = await cluster.ExpectAsync("t", "{delete: 'c', deletes: [{q: {}, limit: 0}]}");
        removed["n"].ToInt64().ShouldBe(0);
        await OnShardAsync(cluster, 1, "orphan");
    }

    [Fact]
    public async Task An_update_may_give_a_document_a_key_of_another_shard_within_a_retryable_write_only()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 5, a: 1}]}");
        const string Change = "updates: [{q: {k: 5}, u: {$set: {k: 500}}}]";
        var plain = await cluster.RunAsync("t", $"{{update: 'c', {Change}}}");
        plain["writeErrors"].AsDocument["0"].AsDocument["code"].AsInt32.ShouldBe(20);
        var session =
            "lsid: {id: {$binary: {base64: 'AAECAwQFBgcICQoLDA0ODw==', subType: '04'}}}, txnNumber: {$numberLong: '1'}";
        var retryable = await cluster.ExpectAsync("t", $"{{update: 'c', {Change}, {session}}}");
        retryable["nModified"].ToInt64().ShouldBe(1);
        await OnShardAsync(cluster, 0, "");
        await OnShardAsync(cluster, 1, "1");
    }

    [Theory]
    [InlineData("{find: 'oplog.rs'}", "local", 20)]
    [InlineData("{replSetGetConfig: 1}", "admin", 59)]
    [InlineData("{moveChunk: 't.c', find: {k: 1}, to: 'nope'}", "admin", 70)]
    [InlineData("{split: 't.none', middle: {k: 1}}", "admin", 118)]
    [InlineData("{update: 'c', updates: [{q: {}, u: {$set: {k: 1}}, multi: true}]}", "t", null)]
    public async Task What_a_router_does_not_do_is_refused_with_the_code_of_MongoDB(
        string command,
        string database,
        int? code
    )
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        var reply = await cluster.RunAsync(database, command);
        reply["code"].ToInt64().ShouldBe(code);
    }

    private static async Task OnShardAsync(ShardedUnderTest cluster, int shard, string ids)
    {
        var reply = await cluster.RunOnShardAsync(shard, "t", "{find: 'c', sort: {_id: 1}}");
        var found = ShardedUnderTest.Batch(reply).Select(document => document["_id"].ToString().Trim('"'));
        string.Join(' ', found).ShouldBe(ids);
    }
}
