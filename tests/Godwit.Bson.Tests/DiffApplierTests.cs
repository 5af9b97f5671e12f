using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests;

/// <summary>A recorded diff, applied to the document it was made on, gives the document after it byte for byte.</summary>
public sealed class DiffApplierTests
{
    [Fact, Requirement("S11")]
    public void Every_recorded_diff_gives_the_recorded_document()
    {
        var judged = 0;
        foreach (var line in GoldenFile.ReadLines("updates.jsonl"))
        {
            if (
                line["oplog"] is { Type: BsonType.Document } entry
                && entry.AsDocument["diff"] is { Type: BsonType.Document } diff
            )
            {
                var after = DiffApplier.Apply(line["before"].AsDocument, diff.AsDocument);
                after.ShouldBe(line["after"].AsDocument, line.ToString());
                judged++;
            }
        }

        judged.ShouldBeGreaterThan(2000);
    }

    [Fact]
    public void A_binary_splice_keeps_the_front_and_replaces_the_tail()
    {
        var before = new DocumentBuilder { { "x", RawValue.Binary([1, 2, 3, 4]) } }.Build();
        var diff = new DocumentBuilder
        {
            {
                "b",
                new DocumentBuilder
                {
                    {
                        "x",
                        new DocumentBuilder { { "o", 2 }, { "d", RawValue.Binary([9, 9, 9]) } }
                    },
                }
            },
        }.Build();

        DiffApplier.Apply(before, diff)["x"].BinaryData.ToArray().ShouldBe([1, 2, 9, 9, 9]);
    }

    [Fact]
    public void An_unknown_section_is_refused() =>
        Should.Throw<BsonFormatException>(() =>
            DiffApplier.Apply(RawDocument.Empty, new DocumentBuilder { { "z", 1 } }.Build())
        );
}
