using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>
/// Which collections of the source a migration moves, and under which database names they arrive. The destination is to hold, at any
/// time, what the filter leaves of the source at that time: a collection that is renamed into it is copied, one that is renamed out
/// of it is dropped (H09).
/// </summary>
internal sealed class NamespaceScope
{
    /// <summary>No filter, no other names.</summary>
    internal static readonly NamespaceScope Everything = new([], [], [], "") { Documents = DocumentRules.None };

    private const string IncludeField = "includeNamespaces";
    private const string ExcludeField = "excludeNamespaces";
    private const string RemapField = "namespaceRemap";
    private readonly IReadOnlyList<NamespacePattern> include;
    private readonly IReadOnlyList<NamespacePattern> exclude;
    private readonly Dictionary<string, string> there;
    private readonly Dictionary<string, string> back;

    private NamespaceScope(
        IReadOnlyList<NamespacePattern> include,
        IReadOnlyList<NamespacePattern> exclude,
        IReadOnlyList<(string From, string To)> remap,
        string text
    )
    {
        (this.include, this.exclude, Text) = (include, exclude, text);
        there = remap.ToDictionary(one => one.From, one => one.To, StringComparer.Ordinal);
        back = remap.ToDictionary(one => one.To, one => one.From, StringComparer.Ordinal);
    }

    /// <summary>The filter and the mapping as JSON, as they are kept with the migration; empty for <see cref="Everything"/>.</summary>
    internal string Text { get; }

    /// <summary>What happens to documents on their way.</summary>
    internal required DocumentRules Documents { get; init; }

    /// <summary>Whether some collections are left out.</summary>
    internal bool IsFiltered => include.Count + exclude.Count > 0;

    /// <summary>Whether some databases have another name on the destination.</summary>
    internal bool IsRemapped => there.Count > 0;

    /// <summary>Reads mongosync's three lists, and the rules for documents; empty text stands for none.</summary>
    /// <exception cref="ScopeException">One of them cannot be used.</exception>
    internal static NamespaceScope Parse(string include, string exclude, string remap, string documents = "")
    {
        var rules = DocumentRules.Parse(documents);
        var (included, excluded, mapped) = (
            List(include, IncludeField),
            List(exclude, ExcludeField),
            List(remap, RemapField)
        );
        if (included.Count + excluded.Count + mapped.Count == 0 && rules == DocumentRules.None)
        {
            return Everything;
        }

        var kept = new JsonObject();
        foreach (var (name, list) in new[] { (IncludeField, included), (ExcludeField, excluded), (RemapField, mapped) })
        {
            if (list.Count > 0)
            {
                kept[name] = new JsonArray([.. list.Select(one => JsonNode.Parse(one.GetRawText()))]);
            }
        }

        return new(
            [.. included.Select(NamespacePattern.Parse)],
            [.. excluded.Select(NamespacePattern.Parse)],
            Remap(mapped),
            kept.Count == 0 ? "" : kept.ToJsonString()
        )
        {
            Documents = rules,
        };
    }

    /// <summary>Whether a collection or view of the source is migrated. The buckets of a time-series collection go with it.</summary>
    internal bool Includes(Namespace name)
    {
        var shown = SeriesNames.Shown(name);
        return (include.Count == 0 || include.Any(one => one.Matches(shown)))
            && !exclude.Any(one => one.Matches(shown));
    }

    /// <summary>The name on the destination of what has this one on the source.</summary>
    internal Namespace ToDestination(Namespace name) =>
        there.TryGetValue(name.Database, out var database) ? name with { Database = database } : name;

    /// <summary>
    /// The name on the source of what has this one on the destination. What stands under a name that nothing of the source is mapped to
    /// gets one that no source can have.
    /// </summary>
    internal Namespace ToSource(Namespace name) =>
        back.TryGetValue(name.Database, out var database) ? name with { Database = database }
        : there.ContainsKey(name.Database) ? name with { Database = $"{name.Database} (destination)" }
        : name;

    /// <summary>Whether a name on the destination is that of something of the source that is migrated.</summary>
    internal bool Claims(Namespace name) =>
        back.TryGetValue(name.Database, out var database)
            ? Includes(name with { Database = database })
            : !there.ContainsKey(name.Database) && Includes(name);

    /// <summary>Reads what is kept of a scope: filter and mapping, as <see cref="Text"/> gives them.</summary>
    internal static NamespaceScope Read(string text)
    {
        if (text.Length == 0)
        {
            return Everything;
        }

        using var kept = JsonDocument.Parse(text);
        return Parse(List(IncludeField), List(ExcludeField), List(RemapField));

        string List(string name) => kept.RootElement.TryGetProperty(name, out var list) ? list.GetRawText() : "";
    }

    /// <summary>The source as far as it is migrated.</summary>
    internal ISourceCluster Narrow(ISourceCluster source) =>
        this == Everything ? source : Documents.Apply(new ScopedSource(source, this));

    /// <summary>The destination under the source's names.</summary>
    internal IDestinationCluster Rename(IDestinationCluster destination) =>
        IsRemapped ? new RemappedDestination(destination, this) : destination;

    /// <summary>Databases of the source that would come together with another one on the destination.</summary>
    internal IEnumerable<string> Collisions(IEnumerable<Namespace> names) =>
        names
            .Select(one => one.Database)
            .Where(database => back.ContainsKey(database) && !there.ContainsKey(database))
            .Distinct(StringComparer.Ordinal);

    private static List<JsonElement> List(string json, string name)
    {
        if (json.Length == 0)
        {
            return [];
        }

        try
        {
            var root = JsonDocument.Parse(json).RootElement;
            return root.ValueKind == JsonValueKind.Array
                ? [.. root.EnumerateArray()]
                : throw new ScopeException($"'{name}' must be a list");
        }
        catch (JsonException malformed)
        {
            throw new ScopeException($"'{name}' is not JSON: {malformed.Message}");
        }
    }

    private static List<(string From, string To)> Remap(List<JsonElement> items)
    {
        var pairs = items.ConvertAll(item => (Side(item, "from"), Side(item, "to")));
        if (
            pairs.Find(one => string.Equals(one.Item1, one.Item2, StringComparison.OrdinalIgnoreCase)) is
            { Item1: { } same }
        )
        {
            throw new ScopeException($"{RemapField}: {same} keeps its name, or changes only its case");
        }

        foreach (var side in new[] { pairs.Select(one => one.Item1), pairs.Select(one => one.Item2) })
        {
            if (
                side.GroupBy(one => one, StringComparer.OrdinalIgnoreCase).FirstOrDefault(one => one.Count() > 1) is
                { Key: var twice }
            )
            {
                throw new ScopeException($"{RemapField} names {twice} twice");
            }
        }

        return pairs;
    }

    private static string Side(JsonElement item, string side) =>
        item.ValueKind == JsonValueKind.Object
        && item.TryGetProperty(side, out var inner)
        && inner.ValueKind == JsonValueKind.Object
        && inner.EnumerateObject().ToList() is [{ Name: "database" } database]
            ? NamespacePattern.DatabaseName(database.Value)
            : throw new ScopeException(
                $"each item of '{RemapField}' is {{\"from\": {{\"database\": …}}, \"to\": {{\"database\": …}}}}"
            );
}
