using Godwit.Bson.ExtendedJson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests;

/// <summary>The <c>$v:2</c> diff, judged by what a real server logged.</summary>
public sealed class DiffTests
{
    [Fact, Requirement("S11")]
    public void Every_recorded_diff_gives_the_recorded_document_byte_for_byte()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var line in GoldenFile.ReadLines("updates.jsonl"))
        {
            if (line["oplog"] is { Type: BsonType.Document } entry && entry.AsDocument.TryGet("diff", out var diff))
            {
                count++;
                var after = DiffApplier.Apply(line["before"].AsDocument, diff.AsDocument);
                if (after != line["after"].AsDocument)
                {
                    failures.Add($"{line["n"]}: {after} for {line["after"]}");
                }
            }
        }

        count.ShouldBe(2277);
        failures.ShouldBeEmpty();
    }

    [Fact]
    public void Diffs_of_pipelines_are_computed_as_recorded()
    {
        var failures = new List<string>();
        var count = 0;
        foreach (var line in GoldenFile.ReadLines("updates.jsonl"))
        {
            if (line["update"].Type == BsonType.Array && line["oplog"].Type == BsonType.Document)
            {
                count++;
                var diff = DiffCalculator.Compute(line["before"].AsDocument, line["after"].AsDocument);
                var entry = diff is null
                    ? line["after"].AsDocument
                    : new DocumentBuilder { { "$v", 2 }, { "diff", diff.Value } }.Build();
                if (entry != line["oplog"].AsDocument)
                {
                    failures.Add($"{line["n"]}: {entry} for {line["oplog"]}");
                }
            }
        }

        count.ShouldBePositive();
        failures.ShouldBeEmpty();
    }

    [Fact]
    public void A_nested_diff_of_another_type_changes_nothing_and_a_length_pads_with_null()
    {
        Apply("""{"a": 1}""", """{"sa": {"u": {"b": 1}}}""").ShouldBe("""{"a":1}""");
        Apply("""{"a": [1]}""", """{"sa": {"a": true, "l": 3, "u1": 5}}""").ShouldBe("""{"a":[1,5,null]}""");
        Apply("""{"a": [1, 2, 3]}""", """{"sa": {"a": true, "l": 1, "u0": 7}}""").ShouldBe("""{"a":[7]}""");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"u": {"a": 1}, "d": {"b": false}}""")]
    [InlineData("""{"d": {"a": false}, "u": {"a": 1}}""")]
    [InlineData("""{"x": {"a": 1}}""")]
    [InlineData("""{"sa": {"a": true, "x": 1}}""")]
    public void A_malformed_diff_is_refused(string diff) =>
        Should.Throw<BsonFormatException>(() => Apply("""{"a": [1]}""", diff));

    [Fact]
    public void A_binary_splice_replaces_bytes_at_an_offset()
    {
        var before = new DocumentBuilder { { "a", RawValue.Binary([1, 2, 3, 4]) } }.Build();
        var change = new DocumentBuilder { { "o", 3 }, { "d", RawValue.Binary([9, 8]) } };
        var diff = new DocumentBuilder
        {
            {
                "b",
                new DocumentBuilder { { "a", change } }
            },
        }.Build();

        DiffApplier.Apply(before, diff)["a"].BinaryData.ToArray().ShouldBe([1, 2, 3, 9, 8]);
    }

    private static string Apply(string before, string diff) =>
        ExtendedJsonWriter.Write(
            DiffApplier.Apply(ExtendedJsonReader.ReadDocument(before), ExtendedJsonReader.ReadDocument(diff)),
            ExtendedJsonForm.Relaxed
        );
}
