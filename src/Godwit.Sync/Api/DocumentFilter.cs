using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Sync.Api;

/// <summary>mongosync's <c>documentFilter</c>, as one of Godwit's rules for documents (H10).</summary>
internal static class DocumentFilter
{
    /// <summary>The rule, for all collections: documents of which one field has one of some values.</summary>
    /// <exception cref="SyncRefusal">It is malformed.</exception>
    internal static string ToRules(JsonElement value)
    {
        var isWhole =
            value.ValueKind == JsonValueKind.Object
            && value.EnumerateObject().All(one => one.Name is "field" or "matchValues");
        return
            isWhole
            && value.TryGetProperty("field", out var field)
            && field is { ValueKind: JsonValueKind.String }
            && field.GetString() is { Length: > 0 } name
            && name.AsSpan().IndexOfAny('.', '$') < 0
            && value.TryGetProperty("matchValues", out var values)
            && values is { ValueKind: JsonValueKind.Array }
            && values.GetArrayLength() > 0
            ? RuleForAll(name, values)
            : throw new SyncRefusal(
                "FilterNotAllowed",
                422,
                "'documentFilter' is {\"field\": a name without dots and dollar signs, \"matchValues\": [values]}."
            );
    }

    private static string RuleForAll(string field, JsonElement values) =>
        new JsonArray(
            new JsonObject
            {
                ["databaseRegex"] = new JsonObject { ["pattern"] = "." },
                ["filter"] = new JsonObject
                {
                    [field] = new JsonObject { ["$in"] = JsonNode.Parse(values.GetRawText()) },
                },
            }
        ).ToJsonString();
}
