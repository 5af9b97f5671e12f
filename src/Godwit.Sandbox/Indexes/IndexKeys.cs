using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Geometry;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Indexes;

/// <summary>
/// Makes the keys that a document has in an index, as KeyStrings with their end byte, each once, in order. Made once per
/// index from its specification.
/// </summary>
internal sealed class IndexKeys
{
    private readonly WildcardKeys? wildcard;
    private readonly GeometryKeys? geometry;

    private IndexKeys(RawDocument specification)
    {
        var pattern = specification["key"].AsDocument;
        Parts = [.. pattern.Select(IndexPart.Of)];
        Collation = Query.Collation.Of(specification["collation"]);
        IsSparse = specification["sparse"].IsTruthy();
        PartialFilter = specification["partialFilterExpression"] is { Type: BsonType.Document } filter
            ? Filter.Parse(filter.AsDocument, QueryContext.Plain with { Collation = Collation })
            : null;
        IsWithoutKeys = pattern.Any(element =>
            element.Value.Type == BsonType.String && element.Value.AsString != "hashed"
        );
        wildcard = WildcardKeys.Of(specification);
        geometry = GeometryKeys.Of(specification);
    }

    internal IReadOnlyList<IndexPart> Parts { get; }

    internal IStringCollation? Collation { get; }

    internal bool IsSparse { get; }

    /// <summary>Only documents that match are in the index.</summary>
    internal Filter? PartialFilter { get; }

    /// <summary>Whether it is of a kind (text, geometry) that is kept in the catalog but has no keys.</summary>
    internal bool IsWithoutKeys { get; }

    internal bool IsWildcard => wildcard is not null;

    internal static IndexKeys Of(RawDocument specification) => new(specification);

    /// <summary>Refuses a document that cannot come into the index, though no key is made of it.</summary>
    /// <exception cref="CommandException">It holds what should be a geometry and is none.</exception>
    internal void Check(RawDocument document)
    {
        if (geometry is not null && PartialFilter?.Matches(document) != false)
        {
            geometry.Check(document);
        }
    }

    internal List<byte[]> Generate(RawDocument document, out bool isMultikey)
    {
        isMultikey = false;
        if (IsWithoutKeys || PartialFilter?.Matches(document) == false)
        {
            return [];
        }

        if (wildcard is not null)
        {
            return Distinct(wildcard.Generate(document, this, out isMultikey));
        }

        var rows = new KeyExpansion(Parts, IsSparse).Expand(document);
        isMultikey = rows.HasArray;
        return Distinct([.. rows.Rows.Select(Encode)]);
    }

    /// <summary>The key of one value per part.</summary>
    internal byte[] Encode(RawValue[] values)
    {
        var buffer = new ArrayBufferWriter<byte>(32);
        for (var i = 0; i < values.Length; i++)
        {
            Append(buffer, Parts[i], values[i]);
        }

        buffer.Write([KeyString.End]);
        return buffer.WrittenSpan.ToArray();
    }

    internal void Append(ArrayBufferWriter<byte> buffer, IndexPart part, RawValue value)
    {
        if (part.IsHashed)
        {
            value = Hash(part, value);
        }
        else if (Collation is not null && value.Type == BsonType.Symbol)
        {
            throw new CommandException(
                ErrorCode.CannotBuildIndexKeys,
                $"Cannot index type symbol with a collation. Failed to index element: {value}"
            );
        }

        KeyString.Append(buffer, value, part.IsDescending, part.IsHashed ? null : Collation);
    }

    private RawValue Hash(IndexPart part, RawValue value)
    {
        if (value.Type == BsonType.Array)
        {
            throw new CommandException(
                16766,
                $"hashed indexes do not currently support array values. Found array at path: {part.Path}"
            );
        }

        return HashedKey.Compute(
            Collation is not null && value.Type == BsonType.String
                ? RawValue.Text(BsonType.String, Collation.SortKey(value.AsStringUtf8.Span).Span)
                : value
        );
    }

    private static List<byte[]> Distinct(List<byte[]> keys)
    {
        if (keys.Count < 2)
        {
            return keys;
        }

        keys.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        var distinct = new List<byte[]>(keys.Count) { keys[0] };
        foreach (var key in keys)
        {
            if (!key.AsSpan().SequenceEqual(distinct[^1]))
            {
                distinct.Add(key);
            }
        }

        return distinct;
    }
}
