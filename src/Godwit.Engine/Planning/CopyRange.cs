using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Planning;

/// <summary>How far a range is (S5).</summary>
internal enum RangeState
{
    /// <summary>Not begun: events are dropped, since the later read will contain them.</summary>
    Pending,

    /// <summary>Being written: events wait.</summary>
    Open,

    /// <summary>Written; the events that waited are being handed to the lanes and later ones queue behind them.</summary>
    Draining,

    /// <summary>Written: events are applied.</summary>
    Copied,
}

/// <summary>A range of a collection's <c>_id</c>s: the unit of copying, of verification and of the as-of time (S5, S6).</summary>
internal sealed class CopyRange(int number, RangeBound lower, RangeBound upper)
{
    /// <summary>Names the range within its collection, for good: a part split off gets a number of its own.</summary>
    internal int Number { get; } = number;

    /// <summary>First key, inclusive.</summary>
    internal RangeBound Lower { get; } = lower;

    /// <summary>First key no more inside; unbounded for the last range (S2).</summary>
    internal RangeBound Upper { get; private set; } = upper;

    /// <summary>Whether it is the whole of its collection.</summary>
    internal bool IsWhole => Lower.IsUnbounded && Upper.IsUnbounded;

    internal RangeState State { get; private set; }

    /// <summary>Every event up to this time is in the documents already, unless a key was re-read later (S6).</summary>
    internal ClusterTime AsOf { get; private set; }

    /// <summary>Events up to this time may or may not have been applied by an earlier life: their keys are re-read (S16).</summary>
    internal ClusterTime DoubtfulThrough { get; private set; }

    /// <summary>What it held when it was copied, for progress only.</summary>
    internal CollectionSize Size { get; set; }

    /// <summary>What an earlier life had found when it compared the range, and kept of it (S21).</summary>
    internal RangeProof? EarlierProof { get; init; }

    /// <summary>An interrupted attempt may have left documents in it that the next snapshot does not have (S7).</summary>
    internal bool NeedsCleaning { get; set; }

    /// <summary>Whether the destination's documents of the range are those of this time, keys re-read later aside (S21).</summary>
    internal bool IsComparableAt(ClusterTime time) => State == RangeState.Copied && ComparableFrom <= time;

    /// <summary>Once it is copied, the first time that it can be compared at.</summary>
    internal ClusterTime ComparableFrom => ClusterTime.Max(AsOf, DoubtfulThrough);

    internal void Open(ClusterTime asOf) => (State, AsOf) = (RangeState.Open, asOf);

    internal void Drain() => State = RangeState.Draining;

    internal void Finish() => State = RangeState.Copied;

    internal void GiveUp() => (State, AsOf, NeedsCleaning) = (RangeState.Pending, ClusterTime.Zero, true);

    /// <summary>Up to this time documents of it may be as of later than its other ones, and it is not known which: as after a crash.</summary>
    internal void Doubt(ClusterTime through) => DoubtfulThrough = ClusterTime.Max(DoubtfulThrough, through);

    /// <summary>Takes up a range that an earlier life had copied: applied through, doubtful from there to the ceiling.</summary>
    internal void Restore(ClusterTime through, ClusterTime doubtfulThrough) =>
        (State, AsOf, DoubtfulThrough) = (RangeState.Copied, through, doubtfulThrough);

    /// <summary>Cuts a copied range in two, both as of the same times (S8).</summary>
    internal CopyRange PartAt(RangeBound at, int partNumber)
    {
        var part = new CopyRange(partNumber, at, Upper);
        part.Restore(AsOf, DoubtfulThrough);
        Upper = at;
        return part;
    }

    /// <summary>Cuts the range short at <paramref name="at"/>, giving the rest as a pending range of its own (S7).</summary>
    internal CopyRange SplitAt(RangeBound at, int restNumber)
    {
        var rest = new CopyRange(restNumber, at, Upper) { NeedsCleaning = true };
        Upper = at;
        return rest;
    }
}

/// <summary>An end of a range: the <c>_id</c> as commands need it and its key string as comparisons need it (S2).</summary>
/// <param name="Id">The <c>_id</c>; missing where there is no bound.</param>
/// <param name="Key">Its key string; empty where there is no bound.</param>
internal readonly record struct RangeBound(RawValue Id, ReadOnlyMemory<byte> Key)
{
    internal bool IsUnbounded => Id.IsMissing;
}
