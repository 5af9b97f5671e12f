using System.Text.Json;
using System.Text.RegularExpressions;
using Godwit.Bson;

namespace Godwit.Engine.Scoping;

/// <summary>
/// One item of a filter as mongosync writes it: a database by name or expression, and in it all collections, some by name, or those an
/// expression matches. Expressions match anywhere in a name, as the server's do.
/// </summary>
internal sealed record NamespacePattern(
    string? Database,
    Regex? DatabaseExpression,
    IReadOnlyList<string> Collections,
    Regex? CollectionExpression
)
{
    private static readonly string[] SystemDatabases = ["admin", "config", "local"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    internal bool Matches(Namespace name) =>
        (Database is null ? DatabaseExpression!.IsMatch(name.Database) : Database == name.Database)
        && (
            Collections.Count > 0
                ? Collections.Contains(name.Collection, StringComparer.Ordinal)
                : CollectionExpression is null || CollectionExpression.IsMatch(name.Collection)
        );

    /// <exception cref="ScopeException">The item is malformed, or names what is never migrated.</exception>
    internal static NamespacePattern Parse(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw new ScopeException("each item of a filter must be an object");
        }

        string? database = null;
        Regex? databaseExpression = null,
            collectionExpression = null;
        List<string>? collections = null;
        foreach (var field in item.EnumerateObject())
        {
            switch (field.Name)
            {
                case "database":
                    database = DatabaseName(field.Value);
                    break;
                case "databaseRegex":
                    databaseExpression = Expression(field);
                    break;
                case "collections":
                    collections = CollectionNames(field.Value);
                    break;
                case "collectionsRegex":
                    collectionExpression = Expression(field);
                    break;
                default:
                    throw new ScopeException($"a filter has no '{field.Name}'");
            }
        }

        if (database is null == databaseExpression is null)
        {
            throw new ScopeException("each item of a filter needs either 'database' or 'databaseRegex'");
        }

        return collections is not null && collectionExpression is not null
            ? throw new ScopeException("an item of a filter has either 'collections' or 'collectionsRegex'")
            : new(database, databaseExpression, collections ?? [], collectionExpression);
    }

    internal static string DatabaseName(JsonElement value)
    {
        var name = Text(value, "a database");
        return SystemDatabases.Contains(name, StringComparer.Ordinal)
                ? throw new ScopeException($"the database {name} is never migrated")
            : name.Length == 0 || name.AsSpan().IndexOfAny("/\\. \"$*<>:|?") >= 0
                ? throw new ScopeException($"'{name}' is no name of a database")
            : name;
    }

    private static List<string> CollectionNames(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw new ScopeException("'collections' must be a list of names; left out, it means all");
        }

        var names = value.EnumerateArray().Select(one => Text(one, "a collection")).ToList();
        return names.Find(one => one.StartsWith("system.", StringComparison.Ordinal)) is { } system
            ? throw new ScopeException($"the collection {system} is the server's own")
            : names;
    }

    private static string Text(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new ScopeException($"{what} is named by a string");

    private static Regex Expression(JsonProperty field)
    {
        string? pattern = null;
        var options = RegexOptions.CultureInvariant;
        foreach (
            var part in field.Value.ValueKind == JsonValueKind.Object
                ? field.Value.EnumerateObject().ToList()
                : throw new ScopeException($"'{field.Name}' must be an object with 'pattern' and 'options'")
        )
        {
            switch (part.Name)
            {
                case "pattern":
                    pattern = Text(part.Value, "a pattern");
                    break;
                case "options":
                    options |= Text(part.Value, "options")
                        .Aggregate(RegexOptions.None, (all, one) => all | Option(one));
                    break;
                default:
                    throw new ScopeException($"'{field.Name}' has no '{part.Name}'");
            }
        }

        try
        {
            return new(pattern ?? throw new ScopeException($"'{field.Name}' needs a 'pattern'"), options, Patience);
        }
        catch (ArgumentException malformed)
        {
            throw new ScopeException($"'{pattern}' is no regular expression: {malformed.Message}");
        }
    }

    private static RegexOptions Option(char letter) =>
        letter switch
        {
            'i' => RegexOptions.IgnoreCase,
            'm' => RegexOptions.Multiline,
            's' => RegexOptions.Singleline,
            'x' => RegexOptions.IgnorePatternWhitespace,
            _ => throw new ScopeException($"'{letter}' is no option of a regular expression (i, m, s, x)"),
        };
}
