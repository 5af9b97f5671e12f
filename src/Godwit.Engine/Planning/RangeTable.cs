namespace Godwit.Engine.Planning;

/// <summary>The ranges of one collection in key order: together they hold every possible <c>_id</c>, each exactly once.</summary>
internal sealed class RangeTable
{
    private readonly List<CopyRange> ranges;
    private int nextNumber;

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

    internal bool IsCopied => ranges.TrueForAll(range => range.State == RangeState.Copied);

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

    /// <summary>Splits the unfinished rest off an open range whose snapshot expired (S7) and returns it.</summary>
    internal CopyRange Split(CopyRange range, RangeBound at)
    {
        var rest = range.SplitAt(at, nextNumber++);
        ranges.Insert(ranges.IndexOf(range) + 1, rest);
        return rest;
    }
}
