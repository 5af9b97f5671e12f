using Godwit.Bson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Writing;

/// <summary>How deletes of many documents stand in the oplog.</summary>
public sealed class MultiDeleteTests : IDisposable
{
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Fact]
    [Requirement("S10")]
    public async Task Deletes_of_one_statement_are_one_entry_and_so_of_one_time()
    {
        await Run("{insert: 'c', documents: [{_id: 1}, {_id: 2}, {_id: 3}]}");
        (await Run("{delete: 'c', deletes: [{q: {_id: {$gte: 2}}, limit: 0}]}"))["n"].AsInt32.ShouldBe(2);

        var entry = member.Node.Oplog.ReadAfter(ClusterTime.Zero).Last();
        var operations = entry["o"].AsDocument["applyOps"].AsDocument.Values().Select(one => one.AsDocument).ToList();
        operations.Select(one => one["op"].AsString).ShouldBe(["d", "d"]);
    }

    [Fact]
    public async Task Where_documents_before_a_change_are_kept_each_delete_has_its_own_entry()
    {
        await Run("{create: 'c', changeStreamPreAndPostImages: {enabled: true}}");
        await Run("{insert: 'c', documents: [{_id: 1}, {_id: 2}]}");
        await Run("{delete: 'c', deletes: [{q: {}, limit: 0}]}");

        member.Node.Oplog.ReadAfter(ClusterTime.Zero).Count(entry => entry["op"].AsString == "d").ShouldBe(2);
    }

    private Task<RawDocument> Run(string command) => member.Run("db", ShellText.Command(command));
}
