using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>A range of a collection's keys that one shard owns: a document of <c>config.chunks</c>.</summary>
internal sealed record Chunk
{
    /// <summary>The <c>_id</c>.</summary>
    internal required RawValue Id { get; init; }

    /// <summary>The lowest key in it.</summary>
    internal required RawDocument Minimum { get; init; }

    /// <summary>The first key too high.</summary>
    internal required RawDocument Maximum { get; init; }

    /// <summary>The shard that owns it.</summary>
    internal required string Shard { get; init; }

    /// <summary>The version: major and minor number.</summary>
    internal required ClusterTime Version { get; init; }

    /// <summary>Who owned it since when, newest first.</summary>
    internal required IReadOnlyList<(ClusterTime ValidAfter, string Shard)> History { get; init; }

    /// <summary>Whether it is marked as too large to move; <see langword="null"/> where it never was.</summary>
    internal bool? IsJumbo { get; init; }

    /// <summary>The key string of <see cref="Minimum"/>.</summary>
    internal required byte[] Lower { get; init; }

    /// <summary>The key string of <see cref="Maximum"/>.</summary>
    internal required byte[] Upper { get; init; }

    /// <summary>Who owned it at a time.</summary>
    internal string? OwnerAt(ClusterTime time)
    {
        foreach (var (since, shard) in History)
        {
            if (since <= time)
            {
                return shard;
            }
        }

        return null;
    }

    /// <summary>Whether it is the last one, which has the greatest key of all as well: nothing lies above it.</summary>
    internal bool IsLast => Maximum.All(bound => bound.Value.Type == BsonType.MaxKey);

    /// <summary>Whether a key lies in it.</summary>
    internal bool Contains(ReadOnlySpan<byte> key) =>
        key.SequenceCompareTo(Lower) >= 0 && (key.SequenceCompareTo(Upper) < 0 || IsLast);

    /// <summary>Whether some keys lie in both.</summary>
    internal bool Overlaps(Chunk other) =>
        Lower.AsSpan().SequenceCompareTo(other.Upper) < 0 && Upper.AsSpan().SequenceCompareTo(other.Lower) > 0;

    /// <summary>Whether it is the same range on the same shard.</summary>
    internal bool IsSame(Chunk other) =>
        Id == other.Id
        && Shard == other.Shard
        && Lower.AsSpan().SequenceEqual(other.Lower)
        && Upper.AsSpan().SequenceEqual(other.Upper);

    /// <summary>The chunk as <c>config.chunks</c> has it.</summary>
    internal RawDocument ToDocument(Guid collection)
    {
        var history = History.Select(entry =>
            (RawValue)new DocumentBuilder { { "validAfter", entry.ValidAfter }, { "shard", entry.Shard } }
        );
        return new DocumentBuilder
        {
            { "_id", Id },
            { "uuid", RawValue.Uuid(collection) },
            { "min", Minimum },
            { "max", Maximum },
            { "shard", Shard },
            { "lastmod", Version },
            { "jumbo", IsJumbo is { } jumbo ? jumbo : RawValue.Missing },
            { "onCurrentShardSince", History[0].ValidAfter },
            { "history", RawValue.Array(history) },
        }.Build();
    }

    /// <summary>Reads a document of <c>config.chunks</c>.</summary>
    internal static Chunk FromDocument(RawDocument document, ShardKeyPattern pattern)
    {
        var (minimum, maximum) = (document["min"].AsDocument, document["max"].AsDocument);
        return new()
        {
            Id = document["_id"],
            Minimum = minimum,
            Maximum = maximum,
            Shard = document["shard"].AsString,
            Version = document["lastmod"].AsTimestamp,
            IsJumbo = document["jumbo"] is { Type: BsonType.Boolean } jumbo ? jumbo.AsBoolean : null,
            History =
            [
                .. document["history"]
                    .AsDocument.Values()
                    .Select(entry => (entry.AsDocument["validAfter"].AsTimestamp, entry.AsDocument["shard"].AsString)),
            ],
            Lower = pattern.Encode(minimum),
            Upper = pattern.Encode(maximum),
        };
    }
}
