using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>How a collection is sharded.</summary>
/// <param name="Pattern">The key, such as <c>{a: 1, b: 1}</c> or <c>{_id: "hashed"}</c>.</param>
/// <param name="IsUnique">Whether the key is unique over all shards.</param>
internal sealed record ShardKey(RawDocument Pattern, bool IsUnique)
{
    /// <summary>Whether the key has a hashed field.</summary>
    internal bool IsHashed => Pattern.Any<RawElement>(one => one.Type == BsonType.String);

    /// <summary>Whether it is <c>_id</c>, by value or hashed: then no <c>_id</c> can be on two shards.</summary>
    internal bool IsOfIdAlone => Pattern.Count() == 1 && Pattern.First().NameIs("_id"u8);

    /// <summary>Whether it is <c>_id</c> by value, which every collection has an index for.</summary>
    internal bool IsOfIdByValue => IsOfIdAlone && !IsHashed;

    /// <summary>Whether its first field is hashed: then the server spreads an empty collection by itself, evenly.</summary>
    internal bool BeginsHashed => Pattern.First().Value.Type == BsonType.String;

    /// <summary>Whether <paramref name="other"/> is this key with fields added behind it.</summary>
    internal bool IsRefinedBy(RawDocument other) => other.Count() > Pattern.Count() && IsPrefixOf(other);

    /// <summary>
    /// Whether an index supports the key as the server asks it to: the key is its beginning, it knows every document, and it compares
    /// strings by their bytes.
    /// </summary>
    internal bool IsSupportedBy(RawDocument index) =>
        IsPrefixOf(index["key"].AsDocument)
        && !index["sparse"].IsTruthy()
        && !index["hidden"].IsTruthy()
        && index["partialFilterExpression"].IsMissing
        && IsSimple(index["collation"]);

    private static bool IsSimple(RawValue collation) =>
        collation.Type != BsonType.Document
        || string.Equals(collation.AsDocument["locale"].AsString, "simple", StringComparison.Ordinal);

    /// <summary>Whether shards can keep an index unique: documents with equal values are on one shard, or it begins with <c>_id</c>.</summary>
    internal bool CanKeepUnique(RawDocument index)
    {
        var names = index["key"].AsDocument.Select<RawElement, string>(field => field.Name).ToList();
        return names[0] == "_id"
            || names
                .Take(Pattern.Count())
                .SequenceEqual(Pattern.Select<RawElement, string>(field => field.Name), StringComparer.Ordinal);
    }

    /// <summary>Whether <paramref name="other"/> begins with this key.</summary>
    internal bool IsPrefixOf(RawDocument other)
    {
        var beginning = new DocumentBuilder();
        foreach (var field in other.Take<RawElement>(Pattern.Count()))
        {
            _ = beginning.Add(field);
        }

        return IsSame(beginning.Build(), Pattern);
    }

    /// <summary>Whether an index is the one that keeps a unique key unique.</summary>
    internal bool IsKeptUniqueBy(RawDocument index) => IsUnique && IsSame(index["key"].AsDocument, Pattern);

    /// <summary>Whether two patterns are one, in whatever type of number they were given.</summary>
    internal static bool IsSame(RawDocument one, RawDocument other) =>
        KeyString.Encode(one).AsSpan().SequenceEqual(KeyString.Encode(other));
}
