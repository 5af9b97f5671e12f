using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>What administrators and tools ask of a router: explain, operations, <c>$merge</c>, indexes.</summary>
public sealed class RouterBreadthTests
{
    /// <summary>cluster_explain.cpp; sessions-sharded/shard_collection, steps 74 and 75.</summary>
    [Fact]
    public async Task Explain_shows_what_each_shard_asked_would_do()
    {
        await using var cluster = await StartAsync();

        var all = await cluster.ExpectAsync("t", "{explain: {find: 'c', sort: {k: 1}}, verbosity: 'executionStats'}");
        var plan = all["queryPlanner"].AsDocument["winningPlan"].AsDocument;
        plan["stage"].AsString.ShouldBe("SHARD_MERGE_SORT");
        plan["shards"]
            .AsDocument.Values()
            .Select(shard => shard.AsDocument["shardName"].AsString)
            .ShouldBe(["s0", "s1"]);
        all["executionStats"].AsDocument["nReturned"].ToInt64().ShouldBe(4);
        all["executionStats"].AsDocument["executionStages"].AsDocument["shards"].AsDocument.Count().ShouldBe(2);

        var one = await cluster.ExpectAsync("t", "{explain: {find: 'c', filter: {k: 1}}, verbosity: 'queryPlanner'}");
        var single = one["queryPlanner"].AsDocument["winningPlan"].AsDocument;
        single["stage"].AsString.ShouldBe("SINGLE_SHARD");
        one.Has("executionStats").ShouldBeFalse();
        single.ToString().ShouldNotContain("SHARDING_FILTER", Case.Sensitive, "the shard key is given");

        var scan = await cluster.ExpectAsync("t", "{explain: {find: 'c'}, verbosity: 'queryPlanner'}");
        scan["queryPlanner"].AsDocument["winningPlan"].AsDocument["stage"].AsString.ShouldBe("SHARD_MERGE");
        scan.ToString().ShouldContain("SHARDING_FILTER");
        var write = await cluster.ExpectAsync("t", "{explain: {delete: 'c', deletes: [{q: {k: 1}, limit: 1}]}}");
        write["queryPlanner"].AsDocument["winningPlan"].AsDocument["stage"].AsString.ShouldBe("SHARD_WRITE");
    }

    /// <summary>appendExplainResults in sharded_agg_helpers.cpp.</summary>
    [Fact]
    public async Task Explain_of_a_pipeline_shows_how_it_is_cut()
    {
        await using var cluster = await StartAsync();

        var cut = await cluster.ExpectAsync(
            "t",
            "{explain: {aggregate: 'c', pipeline: [{$match: {n: {$gt: 0}}}, {$group: {_id: '$n'}}], cursor: {}}, verbosity: 'queryPlanner'}"
        );
        cut["mergeType"].AsString.ShouldBe("mongos");
        var parts = cut["splitPipeline"].AsDocument;
        parts["shardsPart"].AsDocument.Count().ShouldBe(1);
        parts["mergerPart"].AsDocument["1"].AsDocument.Has("$group").ShouldBeTrue();
        cut["shards"].AsDocument.Select(shard => shard.Name).ShouldBe(["s0", "s1"]);

        var whole = await cluster.ExpectAsync(
            "t",
            "{aggregate: 'c', pipeline: [{$match: {k: 1}}, {$group: {_id: '$n'}}], cursor: {}, explain: true}"
        );
        whole["splitPipeline"].Type.ShouldBe(BsonType.Null);
        whole["shards"].AsDocument.Select(shard => shard.Name).ShouldBe(["s0"]);
    }

    [Theory]
    [InlineData("{find: 'V', filter: {k: 1}}")]
    [InlineData("{count: 'V'}")]
    [InlineData("{distinct: 'V', key: 'k'}")]
    [InlineData("{aggregate: 'V', pipeline: [{$match: {k: 1}}], cursor: {}}")]
    public async Task Explain_of_a_read_of_a_view_or_of_measurements_shows_each_shard_that_has_a_part(string command)
    {
        await using var cluster = await StartAsync();
        await cluster.ExpectAsync("t", "{insert: 'other', documents: [{k: 1}]}");
        await cluster.ExpectAsync("t", "{create: 'near', viewOn: 'other', pipeline: [{$match: {k: {$gt: 0}}}]}");
        await cluster.ExpectAsync("t", "{create: 'far', viewOn: 'c', pipeline: [{$match: {k: {$gt: 0}}}]}");
        await cluster.ExpectAsync(
            "admin",
            "{shardCollection: 't.series', key: {m: 1}, timeseries: {timeField: 'at', metaField: 'm'}}"
        );
        await cluster.ExpectAsync("admin", "{split: 't.system.buckets.series', middle: {meta: 5}}");
        await cluster.ExpectAsync(
            "admin",
            "{moveChunk: 't.system.buckets.series', find: {meta: 7}, to: 's1', _waitForDelete: true}"
        );

        var near = await ExplainAsync(cluster, command, "near");
        near["stages"]
            .AsDocument["0"]
            .AsDocument["$cursor"]
            .AsDocument["queryPlanner"]
            .AsDocument["namespace"]
            .AsString.ShouldBe("t.other");
        var far = await ExplainAsync(cluster, command, "far");
        far["shards"].AsDocument.Select(shard => shard.Name).ShouldContain("s0");
        var series = await ExplainAsync(cluster, command, "series");
        series["shards"].AsDocument.Select(shard => shard.Name).Order().ShouldBe(["s0", "s1"]);
        series["shards"].AsDocument["s1"].ToString().ShouldContain("$_internalUnpackBucket");
    }

    private static Task<RawDocument> ExplainAsync(ShardedUnderTest cluster, string command, string view) =>
        cluster.ExpectAsync("t", $"{{explain: {command.Replace("V", view, StringComparison.Ordinal)}}}");

    /// <summary>cluster_current_op.cpp and cluster_kill_op.cpp.</summary>
    [Fact]
    public async Task Operations_of_shards_are_shown_with_their_shard_and_ended_by_it()
    {
        await using var cluster = await StartAsync();
        await using var connection = await cluster.ConnectAsync();
        var blocked =
            "{configureFailPoint: 'failCommand', mode: {times: 1}, data: {failCommands: ['count'], blockConnection: true, blockTimeMS: 60000, failInternalCommands: true}}";
        await cluster.RunOnShardAsync(0, "admin", blocked);
        var counting = ShardedUnderTest.RunAsync(
            connection,
            "t",
            ShellText.Command("{count: 'c', query: {k: 1}, comment: 'long'}")
        );
        RawDocument shown = default;
        await Testing.Condition.UntilAsync(
            async () =>
            {
                var reply = await cluster.ExpectAsync("admin", "{currentOp: 1, 'command.count': 'c'}");
                shown =
                    reply["inprog"].AsDocument.Values().FirstOrDefault().Type == BsonType.Document
                        ? reply["inprog"].AsDocument["0"].AsDocument
                        : default;
                return !shown.IsEmpty;
            },
            () => "the count is not shown",
            TimeSpan.FromSeconds(30),
            TestContext.Current.CancellationToken
        );
        shown["shard"].AsString.ShouldBe("s0");
        shown["opid"].AsString.ShouldStartWith("s0:");

        var killed = await cluster.ExpectAsync("admin", $"{{killOp: 1, op: '{shown["opid"].AsString}'}}");

        killed["shard"].AsString.ShouldBe("s0");
        (await counting)["code"].ToInt64().ShouldBe(11601);
        (await cluster.RunAsync("admin", "{killOp: 1, op: 'x'}"))["code"].ToInt64().ShouldBe(28625);
        var local = await cluster.ReadAsync(
            "admin",
            "{aggregate: 1, pipeline: [{$currentOp: {localOps: true, allUsers: true}}, {$match: {'command.aggregate': 1}}], cursor: {}}"
        );
        local.ShouldHaveSingleItem().Has("shard").ShouldBeFalse();
    }

    /// <summary>document_source_merge.cpp: without "on", documents are the same by shard key and _id.</summary>
    [Theory]
    [InlineData(
        "replace",
        "insert",
        "[{_id: 1, k: 1, n: 10}, {_id: 2, k: 50, n: 20}, {_id: 3, k: 120, n: 30}, {_id: 4, k: 150, n: 40}, {_id: 9, k: 190, n: 90}]"
    )]
    [InlineData(
        "keepExisting",
        "insert",
        "[{_id: 1, k: 1, n: 1}, {_id: 2, k: 50, n: 2}, {_id: 3, k: 120, n: 3}, {_id: 4, k: 150, n: 4}, {_id: 9, k: 190, n: 90}]"
    )]
    [InlineData(
        "merge",
        "discard",
        "[{_id: 1, k: 1, n: 10}, {_id: 2, k: 50, n: 20}, {_id: 3, k: 120, n: 30}, {_id: 4, k: 150, n: 40}]"
    )]
    public async Task Merge_writes_into_a_sharded_collection_by_shard_key_and_id(
        string matched,
        string notMatched,
        string expected
    )
    {
        await using var cluster = await StartAsync();
        await cluster.ExpectAsync(
            "t",
            "{insert: 'source', documents: [{_id: 1, k: 1, n: 10}, {_id: 2, k: 50, n: 20}, {_id: 3, k: 120, n: 30}, {_id: 4, k: 150, n: 40}, {_id: 9, k: 190, n: 90}]}"
        );

        await cluster.ExpectAsync(
            "t",
            $"{{aggregate: 'source', pipeline: [{{$merge: {{into: 'c', whenMatched: '{matched}', whenNotMatched: '{notMatched}'}}}}], cursor: {{}}}}"
        );

        (await cluster.ReadAsync("t", "{find: 'c', sort: {_id: 1}}")).ShouldBe(
            ShellText.Document($"{{d: {expected}}}")["d"].AsDocument.Values().Select(document => document.AsDocument)
        );
    }

    [Fact]
    public async Task Merge_with_a_pipeline_sees_the_new_document_and_inserts_it_where_there_is_none()
    {
        await using var cluster = await StartAsync();
        await cluster.ExpectAsync(
            "t",
            "{insert: 'source', documents: [{_id: 1, k: 1, n: 10}, {_id: 9, k: 190, n: 90}]}"
        );

        await cluster.ExpectAsync(
            "t",
            "{aggregate: 'source', pipeline: [{$merge: {into: 'c', whenMatched: [{$set: {n: {$add: ['$n', '$$new.n']}}}]}}], cursor: {}}"
        );

        var found = await cluster.ReadAsync("t", "{find: 'c', filter: {_id: {$in: [1, 9]}}, sort: {_id: 1}}");
        found.Select(document => document["n"].ToInt64()).ShouldBe([11, 90]);
        var refused = await cluster.RunAsync(
            "t",
            "{aggregate: 'source', pipeline: [{$merge: {into: 'c', on: 'n'}}], cursor: {}}"
        );
        refused["code"].ToInt64().ShouldBe(51183);
        var output = await cluster.RunAsync("t", "{aggregate: 'source', pipeline: [{$out: 'c'}], cursor: {}}");
        output["code"].ToInt64().ShouldBe(28769);
    }

    /// <summary>sessions-sharded/sharded_handshake, step 13.</summary>
    [Fact]
    public async Task A_router_lists_the_config_servers_admin_and_no_shards()
    {
        await using var cluster = await ShardedUnderTest.StartAsync();

        var listed = await cluster.ExpectAsync("admin", "{listDatabases: 1}");

        var databases = listed["databases"].AsDocument.Values().Select(one => one.AsDocument).ToList();
        databases.Select(one => one["name"].AsString).ShouldBe(["admin", "config"]);
        databases[0]["shards"].AsDocument.Select(shard => shard.Name).ShouldBe(["config"]);
        (await cluster.ReadAsync("admin", "{find: 'system.version'}"))
            .Select(document => document["_id"].AsString)
            .ShouldBe(["featureCompatibilityVersion"]);
    }

    [Fact]
    public async Task Indexes_are_told_by_a_shard_that_has_the_collection()
    {
        await using var cluster = await StartAsync();
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1', _waitForDelete: true}");
        await cluster.ExpectAsync("t", "{createIndexes: 'c', indexes: [{key: {n: 1}, name: 'n'}]}");

        (await cluster.ReadAsync("t", "{listIndexes: 'c'}"))
            .Select(index => index["name"].AsString)
            .ShouldBe(["_id_", "k_1", "n"]);
    }

    /// <summary>drop_indexes.cpp and coll_mod.cpp.</summary>
    [Fact]
    public async Task The_last_index_that_supports_the_shard_key_is_neither_dropped_nor_hidden()
    {
        await using var cluster = await StartAsync();

        (await cluster.RunAsync("t", "{dropIndexes: 'c', index: 'k_1'}"))
            .ToString()
            .ShouldContain("the only compatible index");
        var hidden = await cluster.RunAsync("t", "{collMod: 'c', index: {name: 'k_1', hidden: true}}");
        hidden["code"].ToInt64().ShouldBe(72);
        var all = await cluster.ExpectAsync("t", "{dropIndexes: 'c', index: '*'}");
        all.ToString().ShouldContain("non-_id indexes and non-shard key indexes dropped for collection");

        await cluster.ExpectAsync("t", "{createIndexes: 'c', indexes: [{key: {k: 1, n: 1}, name: 'kn'}]}");
        await cluster.ExpectAsync("t", "{dropIndexes: 'c', index: 'k_1'}");
        (await cluster.ReadAsync("t", "{listIndexes: 'c'}"))
            .Select(index => index["name"].AsString)
            .ShouldBe(["_id_", "kn"]);
    }

    /// <summary>cluster_fsync_cmd.cpp and cluster_fsync_unlock_cmd.cpp.</summary>
    [Fact]
    public async Task A_cluster_locked_for_a_backup_takes_no_writes_on_any_shard_until_it_is_unlocked()
    {
        await using var cluster = await StartAsync();

        var locked = await cluster.ExpectAsync("admin", "{fsync: 1, lock: true}");
        locked["all"].AsDocument.Count().ShouldBe(3);
        foreach (var key in (int[])[1, 150])
        {
            var late = await cluster.RunAsync("t", $"{{insert: 'c', documents: [{{k: {key}}}], maxTimeMS: 50}}");
            late.ToString().ShouldContain("exceeded time limit");
        }

        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(4);
        await cluster.ExpectAsync("admin", "{fsyncUnlock: 1}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{k: 1}, {k: 150}]}");
        (await cluster.RunAsync("admin", "{fsyncUnlock: 1}"))["code"].ToInt64().ShouldBe(20);
    }

    /// <summary>migration_source_manager.cpp; configsvr_abort_reshard_collection_command.cpp.</summary>
    [Fact]
    public async Task Chunks_stay_where_migrations_are_not_allowed_and_nothing_that_is_over_can_be_aborted()
    {
        await using var cluster = await StartAsync();

        await cluster.ExpectAsync("admin", "{setAllowMigrations: 't.c', allowMigrations: false}");
        (await cluster.RunAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1'}"))["code"].ToInt64().ShouldBe(117);
        await cluster.ExpectAsync("admin", "{setAllowMigrations: 't.c', allowMigrations: true}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1'}");
        foreach (var command in (string[])["abortReshardCollection", "commitReshardCollection", "abortMoveCollection"])
        {
            (await cluster.RunAsync("admin", $"{{{command}: 't.c'}}"))["code"].ToInt64().ShouldBe(339);
        }
    }

    /// <summary>commitMergeAllChunksOnShard: only what nobody can read back any more as it was.</summary>
    [Fact]
    public async Task Neighbouring_chunks_of_a_shard_are_put_together_once_they_have_been_there_for_long()
    {
        await using var cluster = await StartAsync();
        await cluster.ExpectAsync("admin", "{split: 't.c', middle: {k: 10}}");
        await cluster.ExpectAsync("admin", "{split: 't.c', middle: {k: 20}}");

        await cluster.ExpectAsync("admin", "{mergeAllChunksOnShard: 't.c', shard: 's0'}");
        (await ChunksAsync()).ShouldBe(4, "they are too young");
        await cluster.ExpectAsync(
            "config",
            "{update: 'chunks', updates: [{q: {shard: 's0'}, u: {$set: {'history.0.validAfter': {$timestamp: {t: 1, i: 1}}}}, multi: true}]}"
        );
        await cluster.ExpectAsync("admin", "{balancerStop: 1}");
        await cluster.ExpectAsync("admin", "{mergeAllChunksOnShard: 't.c', shard: 's0'}");

        (await ChunksAsync()).ShouldBe(2);
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(4);

        async Task<int> ChunksAsync() => (await cluster.ReadAsync("config", "{find: 'chunks'}")).Count;
    }

    [Fact]
    public async Task The_different_values_of_a_view_over_several_shards_are_those_of_all()
    {
        await using var cluster = await StartAsync();
        await cluster.ExpectAsync("t", "{create: 'v', viewOn: 'c', pipeline: [{$match: {n: {$gt: 1}}}]}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 5, k: 7, n: [9, 4]}]}");

        var distinct = await cluster.ExpectAsync("t", "{distinct: 'v', key: 'n', query: {k: {$ne: 50}}}");

        distinct["values"].AsDocument.Values().Select(value => value.ToInt64()).ShouldBe([3, 4, 9]);
    }

    private static async Task<ShardedUnderTest> StartAsync()
    {
        var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync(
            "t",
            "{insert: 'c', documents: [{_id: 1, k: 1, n: 1}, {_id: 2, k: 50, n: 2}, {_id: 3, k: 120, n: 3}, {_id: 4, k: 150, n: 4}]}"
        );
        return cluster;
    }
}
