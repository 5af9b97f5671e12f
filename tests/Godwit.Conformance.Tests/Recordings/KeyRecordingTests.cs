using Godwit.Bson;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>Index keys as a real server made them from values of every type.</summary>
public sealed class KeyRecordingTests
{
    private readonly List<RawDocument> lines = [.. GoldenFile.ReadLines("queries.jsonl")];

    private Dictionary<long, RawValue> Values =>
        lines
            .First(line => line["collection"] is { Type: BsonType.String } name && name.AsString == "q")["documents"]
            .AsDocument.Values()
            .ToDictionary(document => Number(document.AsDocument["_id"]), document => document.AsDocument["v"]);

    [Fact]
    [Requirement("S2")]
    public void Key_strings_are_those_of_a_real_server()
    {
        var values = Values;
        var wrong = Line("keyStrings")
            .Select(value => value.AsDocument)
            .Where(entry => entry["k"].Type == BsonType.Binary)
            .Select(entry =>
                (
                    Value: values[Number(entry["_id"])],
                    Expected: Convert.ToHexString(entry["k"].BinaryData.Span),
                    Actual: Convert.ToHexString(KeyString.Encode(values[Number(entry["_id"])]))
                )
            )
            .Where(entry => entry.Expected != entry.Actual)
            .Select(entry => $"{entry.Value}: {entry.Actual}, not {entry.Expected}");

        string.Join('\n', wrong).ShouldBeEmpty();
    }

    [Fact]
    public void Hashed_keys_are_those_of_a_real_server()
    {
        var values = Values;
        var wrong = Line("hashedKeys")
            .Select(value => value.AsDocument)
            .Where(entry => entry["h"].Type == BsonType.Int64)
            .Where(entry => HashedKey.Compute(values[Number(entry["_id"])]) != entry["h"].AsInt64)
            .Select(entry => $"{values[Number(entry["_id"])]}");

        string.Join('\n', wrong).ShouldBeEmpty();
    }

    [Fact]
    [Requirement("S2")]
    public void Which_values_are_one_id_and_in_which_order_they_stand_is_as_recorded()
    {
        var asIds = lines.First(line => line.Has("asIds"))["asIds"].AsDocument;
        var values = Values;
        var seen = new Dictionary<string, long>();
        var duplicates = new List<long>();
        var refused = asIds["refused"].AsDocument.Values().Select(value => value.AsDocument).ToList();
        var order = asIds["order"].AsDocument.Values().Select(Number).ToList();
        var expected = refused
            .Where(entry => Number(entry["code"]) == 11000)
            .Select(entry => Number(entry["n"]))
            .ToList();
        foreach (var (number, value) in values.OrderBy(entry => entry.Key))
        {
            var isId = order.Contains(number) || expected.Contains(number);
            if (isId && !seen.TryAdd(Convert.ToHexString(KeyString.Encode(value)), number))
            {
                duplicates.Add(number);
            }
        }

        duplicates.ShouldBe(expected);
        seen.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value).ShouldBe(order);
    }

    private IEnumerable<RawValue> Line(string name) => lines.First(line => line.Has(name))[name].AsDocument.Values();

    private static long Number(RawValue value) => value.ToInt64() ?? -1;
}
