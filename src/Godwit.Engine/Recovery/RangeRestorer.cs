using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Recovery;

/// <summary>
/// Rebuilds a collection's ranges from those that were saved as copied: they are applied through the floor and doubtful up to the
/// ceiling (S16); the gaps between them are pending, with whatever an interrupted copy left in them (S7).
/// </summary>
internal static class RangeRestorer
{
    internal static RangeTable? Restore(IReadOnlyList<SavedRange> saved, FloorAndCeiling times)
    {
        if (saved.Count == 0)
        {
            return null;
        }

        var copied = saved
            .Select(one => (Saved: one, Lower: Bound(one.Lower), Upper: Bound(one.Upper)))
            .OrderBy(one => one.Lower.Key, KeyOrder.Instance)
            .ToList();
        var next = saved.Max(one => one.Number) + 1;
        var ranges = new List<CopyRange>();
        RangeBound reached = default;
        var isOpen = true;
        foreach (var (one, lower, upper) in copied)
        {
            if (!lower.Key.Span.SequenceEqual(reached.Key.Span))
            {
                ranges.Add(new(next++, reached, lower) { NeedsCleaning = true });
            }

            var range = new CopyRange(one.Number, lower, upper) { Size = one.Size, EarlierProof = one.Proof };
            range.Restore(ClusterTime.Max(one.AsOf, times.Floor), times.Ceiling);
            ranges.Add(range);
            reached = upper;
            isOpen = !upper.IsUnbounded;
        }

        if (isOpen)
        {
            ranges.Add(new(next, reached, default) { NeedsCleaning = true });
        }

        return new(ranges);
    }

    private static RangeBound Bound(RawValue id) => id.IsMissing ? default : new(id, FollowedCollection.KeyOf(id));

    private sealed class KeyOrder : IComparer<ReadOnlyMemory<byte>>
    {
        internal static readonly KeyOrder Instance = new();

        public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);
    }
}
