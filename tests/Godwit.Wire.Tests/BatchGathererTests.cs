using Godwit.Bson;
using Godwit.Testing.Servers;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Wire.Tests;

/// <summary>The documents of a batch reach whoever reads it byte for byte and in order, however the reply comes in.</summary>
public sealed class BatchGathererTests
{
    private static readonly RawDocument Ping = new DocumentBuilder { { "ping", 1 }, { "$db", "admin" } }.Build();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nextBatch", true)]
    [InlineData("firstBatch", true)]
    [InlineData("nextBatch", false)]
    public async Task The_documents_of_a_batch_are_gathered_inside_the_block_they_came_in(string name, bool isExpected)
    {
        var documents = Documents(1200);
        await using var server = Serving(Reply(name, documents));
        await using var connection = await WireConnection.OpenAsync(server.Address, new(), Token);
        using var reply = await connection.RunAsync(Ping, Token, isBatch: isExpected);

        ShouldHold(reply, name, documents);
    }

    [Fact]
    public async Task A_batch_that_does_not_stand_first_in_its_reply_is_gathered_too()
    {
        var documents = Documents(300);
        var cursor = new DocumentBuilder
        {
            { "id", 7L },
            { "nextBatch", RawValue.Array(documents.Select(RawValue.Document)) },
        };
        await using var server = Serving(new DocumentBuilder { { "ok", 1.0 }, { "cursor", cursor } }.Build());
        await using var connection = await WireConnection.OpenAsync(server.Address, new(), Token);
        using var reply = await connection.RunAsync(Ping, Token, isBatch: true);

        ShouldHold(reply, "nextBatch", documents);
    }

    [Fact]
    public void A_reply_may_be_cut_anywhere_on_its_way()
    {
        var documents = Documents(40);
        var length = Frame(Reply("nextBatch", documents)).Length;
        for (var cut = 1; cut < length; cut++)
        {
            var frame = Frame(Reply("nextBatch", documents));
            var gatherer = new BatchGatherer(frame.Block, length);

            gatherer.Advance(cut);
            gatherer.Advance(Math.Min(length, cut + 3));
            gatherer.Advance(length);

            using var reply = new Reply(frame with { Batch = gatherer.Batch.ShouldNotBeNull() });
            ShouldHold(reply, "nextBatch", documents);
        }
    }

    [Fact]
    public void An_empty_batch_holds_nothing()
    {
        using var reply = new Reply(Frame(Reply("firstBatch", [])));

        reply.Gather(Batch(reply, "firstBatch")).Count.ShouldBe(0);
    }

    [Fact]
    public void A_batch_of_anything_but_documents_is_refused()
    {
        var cursor = new DocumentBuilder { { "nextBatch", RawValue.Array([1, 2]) } };
        using var reply = new Reply(Frame(new DocumentBuilder { { "cursor", cursor } }.Build()));

        Should.Throw<WireException>(() => reply.Gather(Batch(reply, "nextBatch")));
    }

    private static void ShouldHold(Reply reply, string name, List<RawDocument> documents)
    {
        var (bytes, count, lastStart) = reply.Gather(Batch(reply, name));

        count.ShouldBe(documents.Count);
        new DocumentSequence("", bytes).ToList().SequenceEqual(documents).ShouldBeTrue();
        new RawDocument(bytes[lastStart..]).ShouldBe(documents[^1]);
        reply.Body["cursor"].AsDocument["id"].AsInt64.ShouldBe(7);
        reply.IsOk.ShouldBeTrue();
    }

    private static ReceivedFrame Frame(RawDocument reply)
    {
        var bytes = OpMessageWriter.ToFrame(1, 1, MessageFlags.None, reply);
        var block = BlockPool.Rent(bytes.Length);
        bytes.CopyTo(block, 0);
        return new(block, bytes.Length, null);
    }

    private static RawValue Batch(Reply reply, string name) => reply.Body["cursor"].AsDocument[name];

    private static ScriptedServer Serving(RawDocument reply) =>
        new(command => command.Has("hello") ? RawDocument.Empty : reply);

    private static List<RawDocument> Documents(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new DocumentBuilder { { "_id", i }, { "pad", new string('p', i % 90) } }.Build()),
        ];

    private static RawDocument Reply(string name, IEnumerable<RawDocument> documents)
    {
        var cursor = new DocumentBuilder
        {
            { name, RawValue.Array(documents.Select(RawValue.Document)) },
            { "id", 7L },
        };
        return new DocumentBuilder { { "cursor", cursor }, { "ok", 1.0 } }.Build();
    }
}
