using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query;

/// <summary>
/// A sort: the fields with their directions. Where a field holds an array, the least (or, descending, the greatest)
/// element stands for it; an empty array sorts below null.
/// </summary>
internal sealed class SortPattern
{
    private const int PartsMax = 32;
    private readonly IStringCollation? collation;

    private SortPattern(RawDocument source, IReadOnlyList<Indexes.IndexPart> parts, IStringCollation? collation)
    {
        Source = source;
        Parts = parts;
        this.collation = collation;
    }

    internal RawDocument Source { get; }

    internal IReadOnlyList<Indexes.IndexPart> Parts { get; }

    internal bool IsEmpty => Parts.Count == 0;

    /// <summary>Whether the order is that in which documents are stored.</summary>
    internal bool IsNatural => Parts is [{ Path.Text: "$natural" }];

    /// <summary>Reads a sort; <c>{$meta: …}</c> is refused, as there is no text search.</summary>
    internal static SortPattern Parse(RawDocument sort, IStringCollation? collation = null)
    {
        var parts = new List<Indexes.IndexPart>();
        foreach (var element in sort)
        {
            parts.Add(ParsePart(element));
        }

        if (parts.Count > PartsMax)
        {
            throw QueryErrors.BadValue("too many compound keys");
        }

        return parts.Count > 1 && parts.Exists(part => part.Path.Text == "$natural")
            ? throw QueryErrors.BadValue($"$natural sort cannot be set to a value other than -1 or 1.")
            : new(sort, parts, collation);
    }

    /// <summary>The key string of what a document sorts by: keys compare as their documents do.</summary>
    internal byte[] EncodeKey(RawDocument document)
    {
        var buffer = new ArrayBufferWriter<byte>(32);
        var values = KeyOf(document);
        for (var i = 0; i < values.Length; i++)
        {
            KeyString.Append(buffer, values[i], Parts[i].IsDescending, collation);
        }

        buffer.Write([KeyString.End]);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The values a document sorts by, one for each part.</summary>
    internal RawValue[] KeyOf(RawDocument document)
    {
        List<RawValue[]> rows;
        try
        {
            rows = new Indexes.KeyExpansion(Parts, isSparse: false).Expand(document).Rows;
        }
        catch (CommandException refusal) when (refusal.Code == ErrorCode.CannotIndexParallelArrays)
        {
            throw QueryErrors.BadValue("cannot sort with keys that are parallel arrays");
        }

        var least = rows[0];
        for (var i = 1; i < rows.Count; i++)
        {
            if (CompareKeys(rows[i], least) < 0)
            {
                least = rows[i];
            }
        }

        return least;
    }

    private int CompareKeys(RawValue[] left, RawValue[] right)
    {
        for (var i = 0; i < Parts.Count; i++)
        {
            var order = ValueComparer.Compare(left[i], right[i], collation);
            if (order != 0)
            {
                return Parts[i].IsDescending ? -order : order;
            }
        }

        return 0;
    }

    private static Indexes.IndexPart ParsePart(RawElement element)
    {
        var name = element.Name;
        if (name.Length == 0)
        {
            throw new CommandException(15976, "FieldPath cannot be constructed with empty string.");
        }

        if (name == "$natural")
        {
            return element.Value.ToInt64() is 1 or -1
                ? Indexes.IndexPart.Of(element)
                : throw QueryErrors.BadValue("$natural sort cannot be set to a value other than -1 or 1.");
        }

        if (element.Type == BsonType.Document)
        {
            throw element.Value.AsDocument.Has("$meta")
                ? new CommandException(40218, "query requires text score metadata, but it is not available")
                : new CommandException(15974, $"Illegal key in $sort specification: {element}");
        }

        if (!element.Value.IsNumber)
        {
            throw new CommandException(15974, $"Illegal key in $sort specification: {element}");
        }

        FieldPath.Check(name);
        return element.Value.ToInt64() is 1 or -1
            ? Indexes.IndexPart.Of(element)
            : throw new CommandException(15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)");
    }
}
