using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>How a collection is sharded.</summary>
/// <param name="Pattern">The key, such as <c>{a: 1, b: 1}</c> or <c>{_id: "hashed"}</c>.</param>
/// <param name="IsUnique">Whether the key is unique over all shards.</param>
internal sealed record ShardKey(RawDocument Pattern, bool IsUnique)
{
    /// <summary>Whether the key has a hashed field: then the server spreads an empty collection by itself.</summary>
    internal bool IsHashed => Pattern.Any<RawElement>(one => one.Type == BsonType.String);

    /// <summary>Whether it is <c>_id</c>, by value or hashed: then no <c>_id</c> can be on two shards.</summary>
    internal bool IsOfIdAlone => Pattern.Count() == 1 && Pattern.First().NameIs("_id"u8);

    /// <summary>Whether <paramref name="other"/> is this key with fields added behind it.</summary>
    internal bool IsRefinedBy(RawDocument other)
    {
        var count = Pattern.Count();
        var beginning = new DocumentBuilder();
        foreach (var field in other.Take<RawElement>(count))
        {
            _ = beginning.Add(field);
        }

        return other.Count() > count && IsSame(beginning.Build(), Pattern);
    }

    /// <summary>Whether an index is the one that keeps a unique key unique.</summary>
    internal bool IsKeptUniqueBy(RawDocument index) => IsUnique && IsSame(index["key"].AsDocument, Pattern);

    /// <summary>Whether two patterns are one, in whatever type of number they were given.</summary>
    internal static bool IsSame(RawDocument one, RawDocument other) =>
        KeyString.Encode(one).AsSpan().SequenceEqual(KeyString.Encode(other));
}
