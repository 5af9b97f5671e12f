using System.Globalization;
using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

public sealed class MigrationTests
{
    private const int Documents = 40;
    private const int Moves = 12;

    [Fact]
    public async Task Writes_and_reads_while_chunks_move_lose_nothing_and_see_nothing_twice()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        var documents = Enumerable.Range(0, Documents).Select(i => $"{{_id: {i}, k: {i * 5}, n: 0}}");
        await cluster.ExpectAsync("t", $"{{insert: 'c', documents: [{string.Join(", ", documents)}]}}");
        using var done = new CancellationTokenSource();
        var writing = WriteAsync(cluster, done.Token);
        var reading = ReadAsync(cluster, done.Token);
        for (var move = 0; move < Moves; move++)
        {
            var key = move % 2 == 0 ? 1 : 150;
            var to = (move / 2 + move) % 2 == 0 ? "s1" : "s0";
            await cluster.ExpectAsync(
                "admin",
                $"{{moveChunk: 't.c', find: {{k: {key}}}, to: '{to}', _waitForDelete: true}}"
            );
        }

        await done.CancelAsync();
        var written = await writing;
        await reading;
        var found = await cluster.ReadAsync("t", "{find: 'c', sort: {_id: 1}}");
        found.Select(document => document["n"].ToInt64()!.Value).ShouldBe(written);
        written.Sum().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task What_a_failed_move_has_left_does_not_come_to_life_with_the_next_one()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 0, k: 0}, {_id: 1, k: 1}, {_id: 2, k: 2}]}");
        // The same _id under a key of the other shard: the document cannot be taken over.
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 150}]}");
        const string move = "{moveChunk: 't.c', find: {k: 1}, to: 's1', _waitForDelete: true}";
        (await cluster.RunAsync("admin", move))["ok"].ToInt64().ShouldBe(0);
        await cluster.ExpectAsync("t", "{delete: 'c', deletes: [{q: {_id: 0}, limit: 1}, {q: {k: 150}, limit: 1}]}");

        await cluster.ExpectAsync("admin", move);

        var found = await cluster.ReadAsync("t", "{find: 'c', sort: {_id: 1}}");
        found.Select(document => document["_id"].ToInt64()).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_move_waits_for_a_transaction_that_has_written_what_it_has_to_write()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}]}");
        const string transaction =
            "lsid: {id: {$uuid: '6b04f277-b5b3-4fbd-824e-c63f00000002'}}, txnNumber: {$numberLong: '1'}, autocommit: false";
        // The same _id on the shard that the chunk goes to, where nobody sees it yet.
        await cluster.ExpectAsync(
            "t",
            $"{{insert: 'c', documents: [{{_id: 1, k: 150}}], startTransaction: true, {transaction}}}"
        );
        const string move = "moveChunk: 't.c', find: {k: 1}, to: 's1', _waitForDelete: true";
        var waited = await cluster.RunAsync("admin", $"{{{move}, maxTimeMS: 500}}");
        waited["code"].ToInt64().ShouldBe(50, waited.ToString());

        await cluster.ExpectAsync("admin", $"{{abortTransaction: 1, {transaction}}}");
        // It goes on although nobody waits for it any more: asked for once more, it is the same one.
        await cluster.ExpectAsync("admin", $"{{{move}}}");

        (await cluster.ReadAsync("t", "{find: 'c'}")).ShouldHaveSingleItem()["k"].ToInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_document_of_a_chunk_that_has_just_come_leaves_nothing_behind_when_its_key_leads_elsewhere()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        await cluster.ExpectAsync("admin", "{split: 't.c', middle: {k: 200}}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 200}, to: 's0', _waitForDelete: true}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 0, k: 50}]}");
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 50}, to: 's1', _waitForDelete: true}");

        await cluster.ExpectAsync(
            "t",
            "{update: 'c', updates: [{q: {_id: 0, k: 50}, u: {$set: {k: 250}}}], lsid: {id: {$uuid: '6b04f277-b5b3-4fbd-824e-c63f00000001'}}, txnNumber: {$numberLong: '1'}}"
        );

        var found = await cluster.ReadAsync("t", "{find: 'c'}");
        found.ShouldHaveSingleItem()["k"].ToInt64().ShouldBe(250);
    }

    [Fact]
    public async Task A_change_stream_sees_every_write_once_in_order_and_none_of_the_moves()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        var opened = await cluster.ExpectAsync(
            "t",
            "{aggregate: 'c', pipeline: [{$changeStream: {}}], cursor: {batchSize: 0}}"
        );
        for (var i = 0; i < 30; i++)
        {
            await cluster.ExpectAsync("t", $"{{insert: 'c', documents: [{{_id: {i}, k: {i * 37 % 200}}}]}}");
            if (i % 10 == 5)
            {
                var to = i == 15 ? "s0" : "s1";
                await cluster.ExpectAsync(
                    "admin",
                    $"{{moveChunk: 't.c', find: {{k: 1}}, to: '{to}', _waitForDelete: true}}"
                );
            }
        }

        await cluster.ExpectAsync("admin", "{appendOplogNote: 1, data: {a: 1}}");
        var token = opened["cursor"].AsDocument["postBatchResumeToken"];
        var first = await EventsAsync(cluster, token, 12);
        var rest = await EventsAsync(cluster, first[^1]["_id"], 100);
        var all = first.Concat(rest).ToList();
        all.Select(change => change["operationType"].AsString).Distinct().ShouldBe(["insert"]);
        all.Select(change => change["documentKey"].AsDocument["_id"].AsInt32).ShouldBe(Enumerable.Range(0, 30));
        all.Select(change => change["_id"].AsDocument["_data"].AsString)
            .ShouldBeInOrder(SortDirection.Ascending, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_read_finds_documents_where_they_were_then()
    {
        await using var cluster = await ShardedUnderTest.StartSplitAsync();
        var inserted = await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 150}]}");
        var time = inserted["operationTime"].AsTimestamp;
        await cluster.ExpectAsync("admin", "{moveChunk: 't.c', find: {k: 1}, to: 's1', _waitForDelete: true}");
        await cluster.ExpectAsync("t", "{update: 'c', updates: [{q: {}, u: {$set: {x: 1}}, multi: true}]}");
        var read = await cluster.ReadAsync(
            "t",
            "{find: 'c', sort: {_id: 1}, readConcern: {level: 'snapshot', atClusterTime: {$timestamp: "
                + string.Create(CultureInfo.InvariantCulture, $"{{t: {time.Seconds}, i: {time.Increment}}}")
                + "}}}"
        );
        read.ShouldBe([ShellText.Document("{_id: 1, k: 1}"), ShellText.Document("{_id: 2, k: 150}")]);
    }

    private static async Task<List<RawDocument>> EventsAsync(ShardedUnderTest cluster, RawValue after, int count)
    {
        var stage = new DocumentBuilder
        {
            {
                "$changeStream",
                new DocumentBuilder { { "resumeAfter", after } }
            },
        };
        await using var connection = await cluster.ConnectAsync();
        var reply = await ShardedUnderTest.RunAsync(
            connection,
            "t",
            new()
            {
                { "aggregate", "c" },
                { "pipeline", new ArrayBuilder { stage }.Build() },
                {
                    "cursor",
                    new DocumentBuilder { { "batchSize", count } }
                },
            }
        );
        return [.. ShardedUnderTest.Batch(reply)];
    }

    /// <summary>Counts documents up one by one; gives how often each was counted.</summary>
    private static async Task<long[]> WriteAsync(ShardedUnderTest cluster, CancellationToken done)
    {
        var written = new long[Documents];
        for (var i = 0; !done.IsCancellationRequested; i = (i + 7) % Documents)
        {
            var reply = await cluster.ExpectAsync(
                "t",
                $"{{update: 'c', updates: [{{q: {{k: {i * 5}}}, u: {{$inc: {{n: 1}}}}}}]}}"
            );
            reply["n"].ToInt64().ShouldBe(1);
            written[i]++;
        }

        return written;
    }

    private static async Task ReadAsync(ShardedUnderTest cluster, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            var found = await cluster.ReadAsync("t", "{find: 'c', sort: {_id: 1}}");
            found.Select(document => document["_id"].AsInt32).ShouldBe(Enumerable.Range(0, Documents));
        }
    }
}
