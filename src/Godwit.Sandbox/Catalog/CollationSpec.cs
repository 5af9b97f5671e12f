using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Catalog;

/// <summary>A collation as the catalog stores it: every field written out.</summary>
internal static class CollationSpec
{
    private static readonly string[] Order =
    [
        "locale",
        "caseLevel",
        "caseFirst",
        "strength",
        "numericOrdering",
        "alternate",
        "maxVariable",
        "normalization",
        "backwards",
        "version",
    ];

    /// <summary>The complete form; <see langword="null"/> for the simple collation, which is stored as none.</summary>
    internal static RawDocument? Complete(RawDocument collation)
    {
        foreach (var element in collation)
        {
            if (!Order.Contains(element.Name, StringComparer.Ordinal))
            {
                throw new CommandException(
                    ErrorCode.IDLUnknownField,
                    $"BSON field 'collation.{element.Name}' is an unknown field."
                );
            }
        }

        if (collation["locale"].Type != BsonType.String)
        {
            throw new CommandException(
                ErrorCode.IDLFailedToParse,
                "BSON field 'collation.locale' is missing but a required field"
            );
        }

        var locale = collation["locale"].AsString;
        if (locale == "simple")
        {
            return null;
        }

        if (!Query.Collation.IsKnownLocale(locale))
        {
            throw new CommandException(ErrorCode.BadValue, $"Field 'locale' is invalid in: {collation}");
        }

        var defaults = new DocumentBuilder
        {
            { "locale", locale },
            { "caseLevel", false },
            { "caseFirst", "off" },
            { "strength", 3 },
            { "numericOrdering", false },
            { "alternate", "non-ignorable" },
            { "maxVariable", "punct" },
            { "normalization", false },
            { "backwards", locale == "fr_CA" },
            { "version", "57.1" },
        }.Build();
        var complete = new DocumentBuilder();
        foreach (var field in defaults)
        {
            var given = collation[field.NameUtf8.Span];
            complete.Add(field.NameUtf8.Span, given.IsMissing ? field.Value : Plain(given));
        }

        return complete.Build();
    }

    private static RawValue Plain(RawValue value) => value.IsNumber ? (int)(value.ToInt64() ?? 0) : value;
}
