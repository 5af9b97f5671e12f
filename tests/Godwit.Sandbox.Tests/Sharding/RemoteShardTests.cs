using Godwit.Bson;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>Shards that their router reaches over the wire, as those of other processes.</summary>
public sealed class RemoteShardTests : IAsyncLifetime
{
    private readonly List<SandboxCluster> sets = [];
    private ShardedUnderTest cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        cluster = await ShardedUnderTest.StartAsync(new ShardedOptions { Shards = 0 });
        foreach (var name in (string[])["s0", "s1"])
        {
            var set = await StartSetAsync(name, isShard: true);
            await cluster.ExpectAsync("admin", $"{{addShard: '{name}/127.0.0.1:{set.Ports[0]}'}}");
        }

        await cluster.ExpectAsync("admin", "{enableSharding: 't', primaryShard: 's0'}");
        await cluster.ExpectAsync("admin", "{shardCollection: 't.c', key: {k: 1}}");
        await cluster.ExpectAsync("admin", "{split: 't.c', middle: {k: 100}}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 100}, to: 's1', _waitForDelete: true}");
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        foreach (var set in sets)
        {
            await set.DisposeAsync();
        }
    }

    [Fact]
    public async Task Chunks_move_and_collections_are_written_anew_between_shards_of_other_processes()
    {
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 150}, {_id: 3, k: 99}]}");

        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1', _waitForDelete: true}");
        (await HeldAsync(0)).ShouldBe(0);
        (await HeldAsync(1)).ShouldBe(3);
        await cluster.ExpectAsync("admin", "{reshardCollection: 't.c', key: {_id: 1}, numInitialChunks: 2}");

        (await HeldAsync(0)).ShouldBeInRange(1, 2);
        (await HeldAsync(0) + await HeldAsync(1)).ShouldBe(3);
        (await cluster.ReadAsync("t", "{find: 'c', sort: {k: 1}}"))
            .Select(document => document["_id"].ToInt64())
            .ShouldBe([1, 3, 2]);
        await cluster.ExpectAsync("t", "{insert: 'unsharded', documents: [{_id: 1}]}");
        await cluster.ExpectAsync("admin", "{movePrimary: 't', to: 's1'}");
        (await cluster.ReadAsync("t", "{find: 'unsharded'}")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_transaction_over_shards_of_other_processes_is_done_as_a_whole_or_not_at_all()
    {
        await using var connection = await cluster.ConnectAsync();
        await TransactAsync(connection, 1, "commitTransaction");
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);

        await TransactAsync(connection, 2, "abortTransaction");
        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 100}, to: 's0', _waitForDelete: true}");
        (await HeldAsync(0)).ShouldBe(2, "nothing keeps the collection where it is any more");
    }

    [Fact]
    public async Task A_change_stream_shows_documents_before_and_as_they_are_now_wherever_they_lie()
    {
        await cluster.ExpectAsync("t", "{collMod: 'c', changeStreamPreAndPostImages: {enabled: true}}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 150}]}");
        await using var connection = await cluster.ConnectAsync();
        var stream = await ShardedUnderTest.RunAsync(
            connection,
            "t",
            ShellText.Command(
                "{aggregate: 'c', pipeline: [{$changeStream: {fullDocument: 'updateLookup', fullDocumentBeforeChange: 'required'}}], cursor: {}}"
            )
        );
        await cluster.ExpectAsync("t", "{update: 'c', updates: [{q: {k: 1}, u: {$set: {a: 1}}}]}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1', _waitForDelete: true}");
        await cluster.ExpectAsync("t", "{update: 'c', updates: [{q: {k: 150}, u: {$set: {a: 2}}}]}");
        await NoteOnAllAsync();

        var events = new List<RawDocument>();
        var id = stream["cursor"].AsDocument["id"].AsInt64;
        while (events.Count < 2)
        {
            var more = await ShardedUnderTest.RunAsync(
                connection,
                "t",
                ShellText.Command($"{{getMore: {{$numberLong: '{id}'}}, collection: 'c', maxTimeMS: 1000}}")
            );
            events.AddRange(ShardedUnderTest.Batch(more));
        }

        events.Select(change => change["fullDocument"].AsDocument["a"].ToInt64()).ShouldBe([1, 2]);
        events.ShouldAllBe(change => !change["fullDocumentBeforeChange"].AsDocument.Has("a"));
    }

    [Fact]
    public async Task A_set_that_was_not_started_as_a_shard_is_refused_with_the_remedy()
    {
        var set = await StartSetAsync("plain", isShard: false);

        var refused = await cluster.RunAsync("admin", $"{{addShard: 'plain/127.0.0.1:{set.Ports[0]}'}}");
        var misnamed = await cluster.RunAsync("admin", $"{{addShard: 'other/127.0.0.1:{set.Ports[0]}'}}");

        refused["code"].ToInt64().ShouldBe(96);
        refused["errmsg"].AsString.ShouldContain("--shardsvr");
        misnamed["errmsg"].AsString.ShouldContain("does not belong to replica set other");
    }

    private async Task<SandboxCluster> StartSetAsync(string name, bool isShard)
    {
        var options = new SandboxOptions
        {
            Members = 1,
            ReplicaSetName = name,
            IsShard = isShard,
        };
        var set = await SandboxCluster.StartAsync(options, Cancellation);
        sets.Add(set);
        return set;
    }

    private async Task<int> HeldAsync(int shard)
    {
        await using var direct = await ShardedUnderTest.ConnectAsync(sets[shard].Ports[0], null);
        return ShardedUnderTest
            .Batch(await ShardedUnderTest.RunAsync(direct, "t", ShellText.Command("{find: 'c'}")))
            .Count;
    }

    private static async Task TransactAsync(WireConnection connection, int number, string end)
    {
        var session = "lsid: {id: {$binary: {base64: 'VlVLfhE/TfuvPMzqmPFXmA==', subType: '04'}}}";
        var part = $"{session}, txnNumber: {{$numberLong: '{number}'}}, autocommit: false";
        foreach (
            var (database, command) in (IReadOnlyList<(string, string)>)
                [
                    ("t", $"{{insert: 'c', documents: [{{k: 1}}], {part}, startTransaction: true}}"),
                    ("t", $"{{insert: 'c', documents: [{{k: 150}}], {part}}}"),
                    ("admin", $"{{{end}: 1, {part}}}"),
                ]
        )
        {
            var reply = await ShardedUnderTest.RunAsync(connection, database, ShellText.Command(command));
            reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        }
    }

    // So that no shard is behind the events.
    private async Task NoteOnAllAsync()
    {
        foreach (var set in sets)
        {
            await using var direct = await ShardedUnderTest.ConnectAsync(set.Ports[0], null);
            await ShardedUnderTest.RunAsync(
                direct,
                "admin",
                ShellText.Command("{appendOplogNote: 1, data: {}, writeConcern: {w: 'majority'}}")
            );
        }
    }
}
