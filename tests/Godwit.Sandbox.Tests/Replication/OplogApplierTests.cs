using Godwit.Bson;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

public sealed class OplogApplierTests
{
    [Fact]
    public async Task A_document_whose_update_moved_its_id_is_stored_alike_on_both_members()
    {
        using var primary = new TestMember();
        using var secondary = Node.Open(new() { ReplicaSet = "rs", Time = TimeProvider.System });
        await primary.Run(
            "db",
            new()
            {
                { "insert", "c" },
                { "documents", RawValue.Array([new DocumentBuilder { { "_id", 1 }, { "a", 2 } }]) },
            }
        );
        var moved = new DocumentBuilder { { "a", "$a" }, { "_id", "$_id" } };
        var statement = new DocumentBuilder
        {
            { "q", new DocumentBuilder() },
            { "u", RawValue.Array([new DocumentBuilder { { "$replaceWith", moved } }]) },
        };
        var reply = await primary.Run("db", new() { { "update", "c" }, { "updates", RawValue.Array([statement]) } });
        reply["n"].AsInt32.ShouldBe(1);

        secondary.ApplyOplogEntries([.. primary.Node.Oplog.ReadAfter(ClusterTime.Zero)]);

        Read(secondary).ShouldBe(Read(primary.Node));
        Read(secondary).First().Name.ShouldBe("_id");
    }

    private static RawDocument Read(Node node)
    {
        using var operation = new WriteOperation(node);
        var collection = operation.View.Catalog.Find(Namespace.Parse("db.c"))!;
        return operation.Reader(collection).FindById(1)!.Value.Document;
    }
}
