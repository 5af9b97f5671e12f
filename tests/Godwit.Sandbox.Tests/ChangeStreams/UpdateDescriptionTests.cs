using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.ChangeStreams;

/// <summary>The lossy form of a diff that clients see is the one a real server showed for the same oplog entry.</summary>
public sealed class UpdateDescriptionTests
{
    [Fact, Requirement("S11")]
    public void Every_recorded_diff_is_described_as_recorded()
    {
        var judged = 0;
        foreach (var line in GoldenFile.ReadLines("updates.jsonl"))
        {
            if (
                line["oplog"] is not { Type: BsonType.Document } entry
                || entry.AsDocument["diff"] is not { Type: BsonType.Document } diff
                || line["event"] is not { Type: BsonType.Document } change
            )
            {
                continue;
            }

            UpdateDescription
                .FromDiff(diff.AsDocument, withDisambiguatedPaths: true)
                .ShouldBe(change.AsDocument["updateDescription"].AsDocument, line.ToString());
            judged++;
        }

        judged.ShouldBeGreaterThan(2000);
    }
}
