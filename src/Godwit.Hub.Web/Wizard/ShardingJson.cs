using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Hub.Web.Wizard;

/// <summary>
/// Reads sharding parameters as they are typed: the collections they name, or what is wrong and in which line (B05).
/// </summary>
/// <param name="Entries">The collections; empty while something is wrong.</param>
/// <param name="Problem">What is wrong; <see langword="null"/> if nothing is.</param>
/// <param name="Line">The line it is in, from 1.</param>
internal sealed record ShardingJson(IReadOnlyList<JsonObject> Entries, string? Problem, int Line)
{
    private const string Root = "shardingEntries";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static ShardingJson Parse(string text)
    {
        if (text.Trim().Length == 0)
        {
            return Wrong("Paste the parameters here: { \"shardingEntries\": [ … ] }", 1);
        }

        try
        {
            return JsonNode.Parse(text) is JsonObject whole
                ? Read(whole, text)
                : Wrong("It is an object with the field shardingEntries.", 1);
        }
        catch (JsonException malformed)
        {
            var reason = malformed.Message.Split(" LineNumber:")[0].Split(". Path:")[0];
            return Wrong(reason, (int)(malformed.LineNumber ?? 0) + 1);
        }
    }

    /// <summary>The parameters with one more collection, or with another key for one that is there; laid out for people.</summary>
    /// <param name="text">The parameters so far; begun anew while they cannot be read.</param>
    /// <param name="database">The collection's database.</param>
    /// <param name="collection">Its name.</param>
    /// <param name="key">Its key, as a plain document.</param>
    internal static string With(string text, string database, string collection, string key)
    {
        var parts = JsonNode
            .Parse(key)!
            .AsObject()
            .Select(field => new JsonObject { [field.Key] = field.Value?.DeepClone() });
        var entry = new JsonObject
        {
            ["database"] = database,
            ["collection"] = collection,
            ["shardCollection"] = new JsonObject { ["key"] = new JsonArray([.. parts]) },
        };
        var others = Parse(text)
            .Entries.Where(one => Text(one["database"]) != database || Text(one["collection"]) != collection);
        return new JsonObject { [Root] = new JsonArray([.. others, entry]) }.ToJsonString(Indented);
    }

    private static ShardingJson Read(JsonObject whole, string text)
    {
        if (whole.FirstOrDefault(field => field.Key != Root) is { Key: { } unknown })
        {
            return Wrong($"The field {unknown} is not known; only shardingEntries is.", LineOf(text, unknown));
        }

        if (whole[Root] is not JsonArray { Count: > 0 } entries)
        {
            return Wrong("shardingEntries is an array of at least one collection.", LineOf(text, Root));
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Count; i++)
        {
            if (Check(entries[i], seen) is { } problem)
            {
                return Wrong($"Entry {i + 1}: {problem}", LineOfEntry(text, i));
            }
        }

        return new([.. entries.Select(entry => entry!.DeepClone().AsObject())], null, 0);
    }

    private static string? Check(JsonNode? node, HashSet<string> seen)
    {
        if (node is not JsonObject entry)
        {
            return "it is an object with database, collection and shardCollection.";
        }

        if (
            entry.FirstOrDefault(field => field.Key is not ("database" or "collection" or "shardCollection")).Key is
            { } odd
        )
        {
            return $"the field {odd} is not known.";
        }

        if (Text(entry["database"]) is not { Length: > 0 } database)
        {
            return "database is missing.";
        }

        if (Text(entry["collection"]) is not { Length: > 0 } collection)
        {
            return "collection is missing.";
        }

        return !seen.Add($"{database}.{collection}") ? $"{database}.{collection} is named twice."
            : entry["shardCollection"] is not JsonObject shard ? "shardCollection is missing."
            : CheckKey(shard["key"]);
    }

    private static string? CheckKey(JsonNode? key)
    {
        var fields = key switch
        {
            JsonObject plain => plain.ToList(),
            JsonArray parts when parts.All(part => part is JsonObject { Count: 1 }) =>
            [
                .. parts.SelectMany(part => part!.AsObject()),
            ],
            _ => [],
        };
        if (fields.Count == 0)
        {
            return "shardCollection.key is an array of objects with one field each, such as [{\"customer\": 1}].";
        }

        foreach (var (name, value) in fields)
        {
            var isGood =
                value is JsonValue one && ((one.TryGetValue<int>(out var way) && way == 1) || Text(one) == "hashed");
            if (!isGood)
            {
                return $"the key's field {name} is 1 or \"hashed\".";
            }
        }

        return fields.Count(field => Text(field.Value) == "hashed") > 1
            ? "only one field of a key may be hashed."
            : null;
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue one && one.TryGetValue<string>(out var text) ? text : null;

    private static ShardingJson Wrong(string problem, int line) => new([], problem, line);

    private static int LineOf(string text, string name)
    {
        var at = text.IndexOf($"\"{name}\"", StringComparison.Ordinal);
        return at < 0 ? 1 : text.AsSpan(0, at).Count('\n') + 1;
    }

    /// <summary>The line an entry begins in: the brace that opens it, outside of strings.</summary>
    private static int LineOfEntry(string text, int index)
    {
        var (line, depth, found, isQuoted) = (1, 0, -1, false);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\n':
                    line++;
                    break;
                case '"' when i == 0 || text[i - 1] != '\\':
                    isQuoted = !isQuoted;
                    break;
                case '{' or '[' when !isQuoted:
                    depth++;
                    if (depth == 3 && ++found == index)
                    {
                        return line;
                    }

                    break;
                case '}' or ']' when !isQuoted:
                    depth--;
                    break;
            }
        }

        return line;
    }
}
