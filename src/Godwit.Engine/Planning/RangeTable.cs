namespace Godwit.Engine.Planning;

/// <summary>The ranges of one collection in key order: together they hold every possible <c>_id</c>, each exactly once.</summary>
internal sealed class RangeTable
{
    private List<CopyRange> ranges;
    private int nextNumber;
    private int copied;

    /// <summary>Cuts a collection at the given inner bounds, ascending.</summary>
    internal RangeTable(IReadOnlyList<RangeBound> innerBounds)
    {
        ranges = new(innerBounds.Count + 1);
        RangeBound lower = default;
        foreach (var bound in innerBounds)
        {
            ranges.Add(new(nextNumber++, lower, bound));
            lower = bound;
        }

        ranges.Add(new(nextNumber++, lower, default));
    }

    /// <summary>Takes up ranges as saved, in key order.</summary>
    internal RangeTable(IEnumerable<CopyRange> saved)
    {
        ranges = [.. saved];
        nextNumber = ranges.Max(range => range.Number) + 1;
    }

    internal IReadOnlyList<CopyRange> Ranges => ranges;

    /// <summary>Whether all are copied. Asked for often: it goes on where it has stopped, since a copied range stays one.</summary>
    internal bool IsCopied
    {
        get
        {
            while (copied < ranges.Count && ranges[copied].State == RangeState.Copied)
            {
                copied++;
            }

            return copied == ranges.Count;
        }
    }

    /// <summary>The range a key belongs to.</summary>
    internal CopyRange Find(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, ranges.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) =
                ranges[middle].Lower.Key.Span.SequenceCompareTo(key) <= 0 ? (middle, high) : (low, middle - 1);
        }

        return ranges[low];
    }

    /// <summary>
    /// Cuts what is pending at those of the bounds, ascending, that lie in it: an earlier life had ended where only one range was left
    /// of all that it had not begun.
    /// </summary>
    internal void Cut(IReadOnlyList<RangeBound> bounds)
    {
        var next = 0;
        var cut = new List<CopyRange>(ranges.Count + bounds.Count);
        foreach (var one in ranges)
        {
            var range = one;
            for (; next < bounds.Count && !IsAbove(bounds[next], range); next++)
            {
                if (range.State == RangeState.Pending && IsInside(bounds[next], range))
                {
                    cut.Add(range);
                    range = range.SplitAt(bounds[next], nextNumber++);
                }
            }

            cut.Add(range);
        }

        ranges = cut;

        static bool IsAbove(RangeBound bound, CopyRange range) =>
            !range.Upper.IsUnbounded && bound.Key.Span.SequenceCompareTo(range.Upper.Key.Span) >= 0;

        static bool IsInside(RangeBound bound, CopyRange range) =>
            range.Lower.IsUnbounded || bound.Key.Span.SequenceCompareTo(range.Lower.Key.Span) > 0;
    }

    /// <summary>
    /// Cuts a collection that was copied as a whole at bounds, ascending, so that it is saved and compared in parts like any other (S8).
    /// </summary>
    internal void Part(IReadOnlyList<RangeBound> bounds)
    {
        foreach (var bound in bounds)
        {
            ranges.Add(ranges[^1].PartAt(bound, nextNumber++));
        }
    }

    /// <summary>Splits the unfinished rest off an open range whose snapshot expired (S7) and returns it.</summary>
    internal CopyRange Split(CopyRange range, RangeBound at)
    {
        var rest = range.SplitAt(at, nextNumber++);
        ranges.Insert(ranges.IndexOf(range) + 1, rest);
        return rest;
    }
}
