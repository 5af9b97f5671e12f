using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary>
/// A collation through the ICU library that .NET uses: MongoDB's options become keywords of the locale's name
/// (Unicode TS 35, "collation settings"), so that comparison and sort keys are ICU's own.
/// </summary>
internal sealed class Collation : IStringCollation
{
    private static readonly ConcurrentDictionary<RawDocument, Collation> Known = new();
    private readonly CompareInfo compareInfo;
    private readonly bool isIdentical;

    private Collation(RawDocument specification)
    {
        var culture = CultureInfo.GetCultureInfo(CultureName(specification));
        compareInfo = culture.CompareInfo;
        isIdentical = Number(specification, "strength") == 5;
    }

    /// <summary>The collation of a complete and valid specification; <see langword="null"/> where there is none, or the simple one.</summary>
    internal static Collation? Of(RawValue specification)
    {
        if (
            specification.Type != BsonType.Document
            || specification.AsDocument["locale"] is not { Type: BsonType.String } locale
        )
        {
            return null;
        }

        return locale.AsString == "simple"
            ? null
            : Known.GetOrAdd(specification.AsDocument, static document => new(document));
    }

    /// <summary>Whether ICU has data for a locale. The root locale and misspelt ones are not meant.</summary>
    internal static bool IsKnownLocale(string locale)
    {
        try
        {
            var (name, _) = SplitVariant(locale);
            return name.Length > 0 && CultureInfo.GetCultureInfo(name, predefinedOnly: true).Name.Length > 0;
        }
        catch (CultureNotFoundException)
        {
            return false;
        }
    }

    public int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var order = compareInfo.Compare(Encoding.UTF8.GetString(left), Encoding.UTF8.GetString(right));
        return order == 0 && isIdentical ? left.SequenceCompareTo(right) : order;
    }

    public ReadOnlyMemory<byte> SortKey(ReadOnlySpan<byte> utf8)
    {
        var key = compareInfo.GetSortKey(Encoding.UTF8.GetString(utf8)).KeyData;
        return isIdentical ? (byte[])[.. key, 0, .. utf8] : key;
    }

    private static string CultureName(RawDocument specification)
    {
        var (locale, variant) = SplitVariant(specification["locale"].AsString);
        var name = new StringBuilder(locale).Append("-u");
        if (variant.Length > 0)
        {
            _ = name.Append("-co-").Append(variant);
        }

        _ = name.Append("-ks-").Append(Strength(Number(specification, "strength")));
        Append(name, "kc", Flag(specification, "caseLevel"));
        Append(name, "kn", Flag(specification, "numericOrdering"));
        Append(name, "kb", Flag(specification, "backwards"));
        Append(name, "kk", Flag(specification, "normalization"));
        if (specification["caseFirst"] is { Type: BsonType.String, AsString: "upper" or "lower" } caseFirst)
        {
            _ = name.Append("-kf-").Append(caseFirst.AsString);
        }

        if (specification["alternate"] is { Type: BsonType.String, AsString: "shifted" })
        {
            var isSpace = specification["maxVariable"] is { Type: BsonType.String, AsString: "space" };
            _ = name.Append("-ka-shifted-kv-").Append(isSpace ? "space" : "punct");
        }

        return name.ToString();
    }

    /// <summary>Splits <c>de@collation=phonebook</c>; BCP 47 writes the two apart and with dashes.</summary>
    private static (string Locale, string Variant) SplitVariant(string locale)
    {
        var at = locale.IndexOf('@', StringComparison.Ordinal);
        var variant = at < 0 ? "" : locale[(locale.LastIndexOf('=') + 1)..];
        return (
            (at < 0 ? locale : locale[..at]).Replace('_', '-'),
            variant switch
            {
                "phonebook" => "phonebk",
                "traditional" => "trad",
                "dictionary" => "dict",
                "gb2312han" => "gb2312",
                _ => variant,
            }
        );
    }

    private static string Strength(long? strength) =>
        strength switch
        {
            1 => "level1",
            2 => "level2",
            4 => "level4",
            5 => "level4",
            _ => "level3",
        };

    private static void Append(StringBuilder name, string key, bool isSet)
    {
        if (isSet)
        {
            _ = name.Append('-').Append(key).Append("-true");
        }
    }

    private static bool Flag(RawDocument specification, string name) =>
        specification[name] is { Type: BsonType.Boolean, AsBoolean: true };

    private static long? Number(RawDocument specification, string name) => specification[name].ToInt64();
}
