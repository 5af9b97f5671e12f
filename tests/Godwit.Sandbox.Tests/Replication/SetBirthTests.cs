using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Replication;

public sealed class SetBirthTests
{
    [Fact]
    public void An_oplog_begins_as_that_of_a_set_that_was_just_initiated()
    {
        // The recording sessions-replica/members reads the first six entries; the collection of pre-images is made later there.
        using var member = new TestMember();

        var entries = member.Node.Oplog.ReadAfter(ClusterTime.Zero).ToList();

        entries[0].Has("t").ShouldBeFalse("nobody had been elected");
        entries[0]["o"].AsDocument.ShouldBe(ShellText.Document("{msg: 'initiating set'}"));
        entries
            .Skip(1)
            .Take(5)
            .Select(entry => entry["o"].AsDocument.First())
            .Select(first => $"{first.Name} {first.Value.AsString}")
            .ShouldBe([
                "create transactions",
                "createIndexes transactions",
                "create image_collection",
                "msg new primary",
                "create system.indexBuilds",
            ]);
        entries.Skip(1).ShouldAllBe(entry => entry["t"].AsInt64 == 1);
    }
}
