namespace Godwit.Sandbox.Sharding;

/// <summary>A range of a collection's keys that belongs to a zone, whose shards alone may own it.</summary>
/// <param name="Name">The zone.</param>
/// <param name="Lower">The key string where it begins.</param>
/// <param name="Upper">The key string behind its end.</param>
/// <param name="Shards">The zone's shards.</param>
internal sealed record Zone(string Name, byte[] Lower, byte[] Upper, IReadOnlyList<string> Shards)
{
    /// <summary>Whether no other shard owns a chunk in it.</summary>
    internal bool IsKept(ShardedCollection collection) =>
        collection
            .Chunks.Where(chunk =>
                chunk.Upper.AsSpan().SequenceCompareTo(Lower) > 0 && chunk.Lower.AsSpan().SequenceCompareTo(Upper) < 0
            )
            .All(chunk =>
                Shards.Contains(chunk.Shard, StringComparer.Ordinal)
                && chunk.Lower.AsSpan().SequenceCompareTo(Lower) >= 0
                && chunk.Upper.AsSpan().SequenceCompareTo(Upper) <= 0
            );
}
