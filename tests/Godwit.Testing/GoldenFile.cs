using Godwit.Bson;
using Godwit.Bson.ExtendedJson;

namespace Godwit.Testing;

/// <summary>Reads the recordings of a real server: one Extended JSON document a line, <c>{"$repeat": ["x", n]}</c> expanded.</summary>
public static class GoldenFile
{
    /// <summary>The lines of a <c>.jsonl</c> file among the recordings; the test skips where they are absent.</summary>
    public static IEnumerable<RawDocument> ReadLines(string relativePath) =>
        File.ReadLines(SharedData.Golden(relativePath)).Where(line => line.Length > 0).Select(Parse);

    /// <summary>One document as the recordings write it.</summary>
    public static RawDocument Parse(string json)
    {
        var document = ExtendedJsonReader.ReadDocument(json);
        return json.Contains("\"$repeat\"", StringComparison.Ordinal) ? Expand(document).AsDocument : document;
    }

    private static RawValue Expand(RawValue value)
    {
        switch (value.Type)
        {
            case BsonType.Array:
                return RawValue.Array(value.AsDocument.Values().Select(Expand));
            case BsonType.Document when value.AsDocument["$repeat"] is { Type: BsonType.Array } repeat:
                var text = repeat.AsDocument["0"].AsString;
                return string.Concat(Enumerable.Repeat(text, (int)repeat.AsDocument["1"].ToInt64()!.Value));
            case BsonType.Document:
                var builder = new DocumentBuilder();
                foreach (var element in value.AsDocument)
                {
                    builder.Add(element.NameUtf8.Span, Expand(element.Value));
                }

                return builder;
            default:
                return value;
        }
    }
}
