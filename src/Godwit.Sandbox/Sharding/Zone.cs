using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>A range of a collection's keys that belongs to a zone, whose shards alone may own it.</summary>
/// <param name="Name">The zone.</param>
/// <param name="Minimum">Where it begins.</param>
/// <param name="Maximum">Where it ends.</param>
/// <param name="Lower">The key string where it begins.</param>
/// <param name="Upper">The key string behind its end.</param>
/// <param name="Shards">The zone's shards.</param>
internal sealed record Zone(
    string Name,
    RawDocument Minimum,
    RawDocument Maximum,
    byte[] Lower,
    byte[] Upper,
    IReadOnlyList<string> Shards
)
{
    /// <summary>Whether a chunk lies in it as a whole.</summary>
    internal bool Covers(Chunk chunk) =>
        chunk.Lower.AsSpan().SequenceCompareTo(Lower) >= 0 && chunk.Upper.AsSpan().SequenceCompareTo(Upper) <= 0;
}
