using MongoDB.Bson;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>One test case of a file in MongoDB's unified test format.</summary>
internal sealed record SpecCase(string Suite, string File, BsonDocument Root, BsonDocument Test)
{
    private const string OnSharded = " (sharded)";

    /// <summary>The name that the list of expected failures uses.</summary>
    public string Name => $"{Suite}/{File}: {Test["description"].AsString}";

    /// <summary>What a suite is called where it runs on a sharded cluster.</summary>
    public static string Sharded(string suite) => suite + OnSharded;

    /// <summary>The name of the same case where it does not run on a sharded cluster.</summary>
    public static string Unsharded(string name) => name.Replace(OnSharded + '/', "/", StringComparison.Ordinal);

    public static IEnumerable<SpecCase> ReadSuite(string folder, Func<string, string>? name = null)
    {
        var suite = Path.GetFileName(folder);
        suite = name?.Invoke(suite) ?? suite;
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
