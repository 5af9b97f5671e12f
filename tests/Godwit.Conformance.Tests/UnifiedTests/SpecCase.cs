using MongoDB.Bson;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>One test case of a file in MongoDB's unified test format.</summary>
internal sealed record SpecCase(string Suite, string File, BsonDocument Root, BsonDocument Test)
{
    /// <summary>The name that the list of expected failures uses.</summary>
    public string Name => $"{Suite}/{File}: {Test["description"].AsString}";

    public static IEnumerable<SpecCase> ReadSuite(string folder)
    {
        var suite = Path.GetFileName(folder);
        foreach (var path in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            var root = BsonDocument.Parse(System.IO.File.ReadAllText(path));
            foreach (var test in root["tests"].AsBsonArray)
            {
                yield return new SpecCase(suite, Path.GetFileNameWithoutExtension(path), root, test.AsBsonDocument);
            }
        }
    }
}
