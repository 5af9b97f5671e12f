using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Storage;

public sealed class InsertAndFindTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Fact]
    public async Task Documents_inserted_are_found_again_byte_for_byte()
    {
        var document = new DocumentBuilder
        {
            { "_id", 1 },
            { "b", 2.5 },
            { "a", "x" },
        }.Build();
        var inserted = await member.Run("db", Insert(document));
        inserted["n"].AsInt32.ShouldBe(1);

        var found = await member.Run("db", new() { { "find", "c" } });
        FirstBatch(found).SequenceEqual([document]).ShouldBeTrue();
    }

    [Fact]
    public async Task A_second_document_with_an_id_is_refused_and_those_before_it_stay()
    {
        var reply = await member.Run("db", Insert(WithId(1), WithId(2), WithId(1), WithId(3)));

        reply["n"].AsInt32.ShouldBe(2);
        var error = reply["writeErrors"].AsDocument.First().Value.AsDocument;
        error["index"].AsInt32.ShouldBe(2);
        error["code"].AsInt32.ShouldBe(11000);
        FirstBatch(await member.Run("db", new() { { "find", "c" } })).Count.ShouldBe(2);
    }

    [Fact]
    public async Task One_insert_of_several_documents_is_one_applyOps_entry()
    {
        await member.Run("db", Insert(WithId(1), WithId(2)));

        var entries = member
            .Node.Oplog.ReadAfter(ClusterTime.Zero)
            .Where(entry => entry["op"].AsString != "n" && entry["ns"].AsString != "config.$cmd")
            .ToList();
        entries[0]["o"].AsDocument.First().Name.ShouldBe("create");
        entries[1]["o"].AsDocument["applyOps"].AsDocument.Count().ShouldBe(2);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_reopening()
    {
        var directory = Directory.CreateTempSubdirectory("godwit-test-").FullName;
        using (var first = new TestMember(directory))
        {
            await first.Run("db", Insert(WithId(1), WithId(2)));
        }

        using var second = new TestMember(directory);
        var found = FirstBatch(await second.Run("db", new() { { "find", "c" } }));
        found.SequenceEqual([WithId(1), WithId(2)]).ShouldBeTrue();
        (await second.Run("db", Insert(WithId(3))))["n"].AsInt32.ShouldBe(1);
    }

    private static DocumentBuilder Insert(params RawDocument[] documents) =>
        new() { { "insert", "c" }, { "documents", RawValue.Array(documents.Select(RawValue.Document)) } };

    private static RawDocument WithId(int id) => new DocumentBuilder { { "_id", id } }.Build();

    private static List<RawDocument> FirstBatch(RawDocument reply) =>
        [.. reply["cursor"].AsDocument["firstBatch"].AsDocument.Values().Select(value => value.AsDocument)];
}
