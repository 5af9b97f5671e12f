using Godwit.Bson;

namespace Godwit.Sandbox.Catalog;

/// <summary>The stored form of text indexes: kept faithfully, never searched.</summary>
internal static class TextIndexes
{
    /// <summary>The stored key: text fields together as <c>_fts, _ftsx</c>.</summary>
    internal static RawDocument Key(RawDocument key)
    {
        var builder = new DocumentBuilder();
        var isAdded = false;
        foreach (var element in key)
        {
            if (isAdded && element.NameIs("_ftsx"))
            {
                // A key in its stored form, as a listing or a dump gives it.
                continue;
            }

            if (!IsText(element))
            {
                builder.Add(element);
            }
            else if (!isAdded)
            {
                isAdded = true;
                builder.Add("_fts", "text").Add("_ftsx", 1);
            }
        }

        return builder.Build();
    }

    /// <summary>Adds weights, languages and version.</summary>
    internal static void AddOptions(DocumentBuilder builder, RawDocument spec)
    {
        var given = spec["weights"] is { Type: BsonType.Document } document ? document.AsDocument : RawDocument.Empty;
        var weights = new SortedDictionary<string, RawValue>(StringComparer.Ordinal);
        foreach (var element in spec["key"].AsDocument.Where(element => IsText(element) && element.Name != "_fts"))
        {
            weights[element.Name] = 1;
        }

        foreach (var element in given)
        {
            weights[element.Name] = (int)(element.Value.ToInt64() ?? 0);
        }

        var all = new DocumentBuilder();
        foreach (var (field, weight) in weights)
        {
            all.Add(field, weight);
        }

        builder.Add("weights", all);
        builder.Add("default_language", spec.Has("default_language") ? spec["default_language"] : "english");
        builder.Add("language_override", spec.Has("language_override") ? spec["language_override"] : "language");
        builder.Add("textIndexVersion", spec.Has("textIndexVersion") ? spec["textIndexVersion"] : 3);
    }

    private static bool IsText(RawElement element) =>
        element.NameIs("_fts") || (element.Value.Type == BsonType.String && element.Value.AsString == "text");
}
