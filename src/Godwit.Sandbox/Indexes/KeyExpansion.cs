using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Indexes;

/// <summary>
/// Finds the values a document has for the parts of an index: one row for most documents, one for each element where a
/// path goes through an array. Only one array may be gone through; an empty one counts as undefined, an absent field as null.
/// </summary>
internal sealed class KeyExpansion(IReadOnlyList<IndexPart> parts, bool isSparse)
{
    private readonly List<RawValue[]> rows = [];

    /// <summary>One value per part for each key, and whether an array was gone through.</summary>
    internal (List<RawValue[]> Rows, bool HasArray) Expand(RawDocument document)
    {
        var hasArray = Expand(document, default, new int[parts.Count], new RawValue[parts.Count], 0);
        return (rows, hasArray);
    }

    /// <param name="document">Where the parts still open go on.</param>
    /// <param name="array">The array just entered, for parts that name a place in it.</param>
    /// <param name="next">For each part how far its path is followed; −1 once its value is found.</param>
    /// <param name="values">The values found.</param>
    /// <param name="absent">How many parts were absent.</param>
    private bool Expand(RawDocument document, RawValue array, int[] next, RawValue[] values, int absent)
    {
        RawValue inner = default;
        string? innerPath = null;
        var through = new bool[parts.Count];
        for (var i = 0; i < parts.Count; i++)
        {
            if (next[i] < 0)
            {
                continue;
            }

            // An array that stands at the very place the path names is one value, unless it is empty.
            var isAtPlace = parts[i].Path.IsLast(next[i]) && array.Type == BsonType.Array && document.IsEmpty;
            var value = Follow(document, array, i, ref next[i]);
            if (value.Type == BsonType.Array && (!isAtPlace || value.AsDocument.IsEmpty))
            {
                if (!inner.IsMissing && !inner.Bytes.Equals(value.Bytes))
                {
                    throw Parallel(innerPath ?? "", parts[i].Path.Text);
                }

                inner = value;
                innerPath = parts[i].Path.Text;
                through[i] = true;
                continue;
            }

            absent += value.IsMissing ? 1 : 0;
            values[i] = value.IsMissing ? RawValue.Null : value;
            next[i] = -1;
        }

        if (inner.IsMissing)
        {
            if (!isSparse || absent < parts.Count)
            {
                rows.Add(values);
            }

            return false;
        }

        if (parts.Any(part => part.IsHashed))
        {
            throw new CommandException(
                16766,
                $"hashed indexes do not currently support array values. Found array at path: {innerPath}"
            );
        }

        ExpandArray(inner, through, next, values, absent);
        return true;
    }

    private void ExpandArray(RawValue array, bool[] through, int[] next, RawValue[] values, int absent)
    {
        if (array.AsDocument.IsEmpty)
        {
            ExpandElement(RawValue.Undefined, array, through, next, values, absent);
            return;
        }

        foreach (var element in array.AsDocument)
        {
            ExpandElement(element.Value, array, through, next, values, absent);
        }
    }

    private void ExpandElement(
        RawValue element,
        RawValue array,
        bool[] through,
        int[] next,
        RawValue[] values,
        int absent
    )
    {
        var nextHere = (int[])next.Clone();
        var valuesHere = (RawValue[])values.Clone();
        for (var i = 0; i < parts.Count; i++)
        {
            if (through[i] && next[i] == parts[i].Path.Length)
            {
                valuesHere[i] = element;
                nextHere[i] = -1;
            }
        }

        var document = element.Type == BsonType.Document ? element.AsDocument : RawDocument.Empty;
        _ = Expand(document, array, nextHere, valuesHere, absent);
    }

    /// <summary>Follows a part's path to its value, or to an array on the way, leaving behind how far it came.</summary>
    private RawValue Follow(RawDocument document, RawValue array, int part, ref int next)
    {
        var path = parts[part].Path;
        var value = document[path.Part(next)];
        if (array.Type == BsonType.Array && path.IsIndex(next) && ElementAt(array, path.Part(next)) is { } element)
        {
            value = value.IsMissing ? element : throw Ambiguous(path.PartText(next), array);
        }

        next++;
        while (next < path.Length)
        {
            switch (value.Type)
            {
                case BsonType.Array:
                    return value;
                case BsonType.Document:
                    value = value.AsDocument[path.Part(next++)];
                    break;
                default:
                    return default;
            }
        }

        return value;
    }

    private static RawValue? ElementAt(RawValue array, ReadOnlySpan<byte> name)
    {
        var value = array.AsDocument[name];
        return value.IsMissing ? (RawValue?)null : value;
    }

    private static CommandException Ambiguous(string name, RawValue array) =>
        new(
            16746,
            "Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), "
                + $"field: '{name}' for array: {array}"
        );

    private static CommandException Parallel(string first, string second) =>
        new(
            ErrorCode.CannotIndexParallelArrays,
            $"cannot index parallel arrays [{LastPart(second)}] [{LastPart(first)}]"
        );

    private static string LastPart(string path) => path[(path.LastIndexOf('.') + 1)..];
}
