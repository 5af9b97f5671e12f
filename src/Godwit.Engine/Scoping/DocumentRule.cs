using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Bson;
using Godwit.Bson.ExtendedJson;

namespace Godwit.Engine.Scoping;

/// <summary>
/// What happens to the documents of some collections on their way: which of them go, and with which fields. The source's server does it,
/// by the stages of a pipeline; only hashing is done here.
/// </summary>
/// <param name="Pattern">Whose documents.</param>
/// <param name="Stages">What the server does to them; empty for nothing.</param>
/// <param name="Hasher">What is hashed after that; <see langword="null"/> for nothing.</param>
internal sealed record DocumentRule(NamespacePattern Pattern, IReadOnlyList<RawDocument> Stages, FieldHasher? Hasher)
{
    private const int KeyLengthMin = 16;
    private static readonly string[] NamesFields = ["database", "databaseRegex", "collections", "collectionsRegex"];

    /// <summary>A document must look the same whenever it is read, and be found by itself alone.</summary>
    private static readonly string[] Changing =
    [
        "$$NOW",
        "$$CLUSTER_TIME",
        "$$USER_ROLES",
        "$rand",
        "$sampleRate",
        "$where",
        "$function",
        "$accumulator",
        "$text",
        "$near",
        "$nearSphere",
        "$meta",
    ];

    /// <exception cref="ScopeException">The rule is malformed, or asks for what cannot be kept true while documents change.</exception>
    internal static DocumentRule Parse(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw new ScopeException("each document rule must be an object");
        }

        var names = new JsonObject();
        var stages = new List<RawDocument>();
        RawDocument? filter = null,
            set = null;
        List<string>? drop = null;
        FieldHasher? hasher = null;
        foreach (var field in item.EnumerateObject())
        {
            switch (field.Name)
            {
                case var name when NamesFields.Contains(name, StringComparer.Ordinal):
                    names[name] = JsonNode.Parse(field.Value.GetRawText());
                    break;
                case "filter":
                    filter = Document(field);
                    break;
                case "set":
                    set = Document(field);
                    break;
                case "drop":
                    drop = Fields(field.Value, "'drop'");
                    break;
                case "hash":
                    hasher = Hashed(field.Value);
                    break;
                default:
                    throw new ScopeException(
                        $"a document rule has no '{field.Name}' (filter, set, drop, hash, and the names of a filter)"
                    );
            }
        }

        AddStage(stages, "$match", filter);
        AddStage(stages, "$set", CheckFields(set));
        if (drop is not null)
        {
            stages.Add(new DocumentBuilder { { "$unset", RawValue.Array([.. drop.Select(RawValue.String)]) } }.Build());
        }

        return stages.Count == 0 && hasher is null
            ? throw new ScopeException("a document rule needs one of filter, set, drop, hash")
            : new(NamespacePattern.Parse(JsonDocument.Parse(names.ToJsonString()).RootElement), stages, hasher);
    }

    private static void AddStage(List<RawDocument> stages, string name, RawDocument? content)
    {
        if (content is { } given)
        {
            stages.Add(new DocumentBuilder { { name, given } }.Build());
        }
    }

    private static RawDocument Document(JsonProperty field)
    {
        try
        {
            var document = ExtendedJsonReader.ReadDocument(field.Value.GetRawText());
            return Unsteady(field.Value) is { } name
                ? throw new ScopeException(
                    $"'{field.Name}' may not use {name}: a document has to come out the same whenever it is read"
                )
                : document;
        }
        catch (FormatException malformed)
        {
            throw new ScopeException($"'{field.Name}' is no document: {malformed.Message}");
        }
    }

    private static string? Unsteady(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => value
                .EnumerateObject()
                .Select(one => Changing.Contains(one.Name, StringComparer.Ordinal) ? one.Name : Unsteady(one.Value))
                .FirstOrDefault(found => found is not null),
            JsonValueKind.Array => value.EnumerateArray().Select(Unsteady).FirstOrDefault(found => found is not null),
            JsonValueKind.String => Array.Find(
                Changing,
                one => one.StartsWith("$$", StringComparison.Ordinal) && value.GetString()!.Split('.')[0] == one
            ),
            _ => null,
        };

    private static RawDocument? CheckFields(RawDocument? set)
    {
        foreach (var element in set ?? RawDocument.Empty)
        {
            _ = Checked(element.Name);
        }

        return set;
    }

    private static FieldHasher Hashed(JsonElement value)
    {
        if (
            value.ValueKind != JsonValueKind.Object
            || value.EnumerateObject().Any(one => one.Name is not ("fields" or "key"))
            || !value.TryGetProperty("fields", out var fields)
            || !value.TryGetProperty("key", out var key)
            || key.ValueKind != JsonValueKind.String
        )
        {
            throw new ScopeException("'hash' is {\"fields\": [names], \"key\": a secret text}");
        }

        return key.GetString()!.Length < KeyLengthMin
            ? throw new ScopeException(
                $"the key of 'hash' needs at least {KeyLengthMin} characters: with a short one values can be guessed"
            )
            : new(Fields(fields, "'fields' of 'hash'"), key.GetString()!);
    }

    private static List<string> Fields(JsonElement value, string what) =>
        value.ValueKind == JsonValueKind.Array
        && value.GetArrayLength() > 0
        && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(one => Checked(one.GetString()!))]
            : throw new ScopeException($"{what} must be a list of names of fields");

    private static string Checked(string field) =>
        field == "_id" || field.StartsWith("_id.", StringComparison.Ordinal)
            ? throw new ScopeException("_id is what a document is known by, and stays as it is")
        : field.Length == 0 || field.Split('.').Any(part => part.Length == 0 || part[0] == '$')
            ? throw new ScopeException($"'{field}' is no name of a field")
        : field;
}
