using Godwit.Bson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Writing;

/// <summary>Capped collections: what making one keeps, what one refuses, what its size does.</summary>
public sealed class CappedTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Fact]
    [Requirement("S30")]
    public async Task What_leaves_for_its_size_stands_in_the_oplog_as_deletes_behind_the_insert_that_caused_them()
    {
        await Run("{create: 'c', capped: true, size: 4096, max: 1}");
        await Run("{insert: 'c', documents: [{_id: 1}]}");
        await Run("{insert: 'c', documents: [{_id: 2}]}");

        member
            .Node.Oplog.ReadAfter(ClusterTime.Zero)
            .Where(entry => entry["op"].AsString is "i" or "d")
            .Select(entry => $"{entry["op"].AsString}{entry["o"].AsDocument["_id"].AsInt32}")
            .ShouldBe(["i1", "i2", "d1"]);
    }

    [Fact]
    [Requirement("S1")]
    public async Task Converting_copies_documents_without_events_and_keeps_the_validator()
    {
        await Run("{create: 'c', validator: {x: {$exists: true}}}");
        await Run("{insert: 'c', documents: [{_id: 1, x: 1}]}");
        await Run("{convertToCapped: 'c', size: 4096}");

        member
            .Node.Oplog.ReadAfter(ClusterTime.Zero)
            .Last(entry => entry["op"].AsString == "i")["fromMigrate"]
            .IsTruthy()
            .ShouldBeTrue();
        var refused = await Run("{insert: 'c', documents: [{_id: 2}]}");
        refused["writeErrors"].AsDocument["0"].AsDocument["code"].AsInt32.ShouldBe(121);
    }

    [Fact]
    public async Task In_a_transaction_it_is_not_written_to_even_where_nothing_matches()
    {
        await Run("{create: 'c', capped: true, size: 4096}");
        var reply = await Run(
            "{delete: 'c', deletes: [{q: {_id: 1}, limit: 1}], lsid: {id: {$uuid: '11111111-1111-4111-8111-111111111111'}}, txnNumber: {$numberLong: '1'}, startTransaction: true, autocommit: false}"
        );

        reply["writeErrors"].AsDocument["0"].AsDocument["code"].AsInt32.ShouldBe(263);
    }

    private Task<RawDocument> Run(string command) => member.Run("db", ShellText.Command(command));
}
