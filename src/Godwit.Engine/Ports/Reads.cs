using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>The order in which a range is read.</summary>
internal enum ReadOrder
{
    /// <summary>By <c>_id</c>, between bounds as index keys across all types (<c>min</c>/<c>max</c> with the hint, S2).</summary>
    ById,

    /// <summary>In natural order, the whole collection: what keeps the order of a capped collection (S30).</summary>
    Natural,

    /// <summary>
    /// In natural order, the whole collection, not at one time: each batch as of when it is read, none before the time given. Where
    /// capped collections cannot be read at a time (S8).
    /// </summary>
    Passing,
}

/// <summary>A snapshot read of a range of a collection (S5).</summary>
/// <param name="Collection">What to read.</param>
/// <param name="At">The <c>atClusterTime</c>; a time the cluster has not reached is waited for or answered with a fault.</param>
/// <param name="Lower">First <c>_id</c>, inclusive; missing for none.</param>
/// <param name="Upper">First <c>_id</c> no more wanted; missing for none, which the last range needs (<c>MaxKey</c> is an <c>_id</c>).</param>
/// <param name="Order">The order.</param>
/// <param name="KeysOnly">Whether documents of only <c>_id</c> suffice.</param>
/// <param name="DocumentBytes">About how large a document is, for the size of the first batch; 0 where that is not known.</param>
internal sealed record RangeRead(
    CollectionAddress Collection,
    ClusterTime At,
    RawValue Lower,
    RawValue Upper,
    ReadOrder Order = ReadOrder.ById,
    bool KeysOnly = false,
    long DocumentBytes = 0
)
{
    /// <summary>What the server does to the documents before it gives them out; empty for nothing.</summary>
    internal IReadOnlyList<RawDocument> Stages { get; init; } = [];
}

/// <summary>A snapshot read of single documents by <c>_id</c>: dirty keys (S12), keys to verify again (S22).</summary>
/// <param name="Collection">What to read.</param>
/// <param name="At">The <c>atClusterTime</c>.</param>
/// <param name="Ids">The <c>_id</c>s; the answer holds those that exist, in any order.</param>
internal sealed record KeyRead(CollectionAddress Collection, ClusterTime At, IReadOnlyList<RawValue> Ids)
{
    /// <summary>Whether they are read as of some moment at or after the time, as in <see cref="ReadOrder.Passing"/>.</summary>
    internal bool IsPassing { get; init; }

    /// <inheritdoc cref="RangeRead.Stages"/>
    internal IReadOnlyList<RawDocument> Stages { get; init; } = [];
}
