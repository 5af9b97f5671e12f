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

    /// <summary>What a client that reads in batches sees of a capped collection that turns meanwhile (code 136).</summary>
    [Fact]
    [Requirement("S8")]
    public async Task A_walk_whose_position_has_left_ends_and_one_at_a_time_goes_on()
    {
        await Run("{create: 'c', capped: true, size: 4096, max: 3}");
        await Run("{insert: 'c', documents: [{_id: 1}, {_id: 2}, {_id: 3}]}");
        var lost = await Run("{find: 'c', batchSize: 1, readConcern: {level: 'majority'}}");
        var kept = await Run("{find: 'c', batchSize: 1, readConcern: {level: 'snapshot'}}");
        await Run("{insert: 'c', documents: [{_id: 4}]}");

        (await More(lost))["code"].AsInt32.ShouldBe(136);
        (await More(kept))["cursor"].AsDocument["nextBatch"].AsDocument.Count().ShouldBe(2);
    }

    [Theory]
    [InlineData("6.0")]
    [InlineData("7.0")]
    [Requirement("S8")]
    public async Task Before_8_0_one_is_read_at_no_time_but_as_of_a_majority(string release)
    {
        using var older = new TestMember(release: release);
        await older.Run("db", ShellText.Command("{create: 'c', capped: true, size: 4096}"));
        await older.Run("db", ShellText.Command("{insert: 'c', documents: [{_id: 1}]}"));

        var refused = await older.Run("db", ShellText.Command("{find: 'c', readConcern: {level: 'snapshot'}}"));
        var majority = await older.Run("db", ShellText.Command("{find: 'c', readConcern: {level: 'majority'}}"));

        refused["code"].AsInt32.ShouldBe(246);
        majority["cursor"].AsDocument["firstBatch"].AsDocument.Count().ShouldBe(1);
    }

    private Task<RawDocument> More(RawDocument reply) =>
        member.Run(
            "db",
            new DocumentBuilder { { "getMore", reply["cursor"].AsDocument["id"].AsInt64 }, { "collection", "c" } }
        );

    private Task<RawDocument> Run(string command) => member.Run("db", ShellText.Command(command));
}
