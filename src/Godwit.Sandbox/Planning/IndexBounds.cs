using System.Buffers;
using Godwit.Bson;
using Godwit.Sandbox.Indexes;

namespace Godwit.Sandbox.Planning;

/// <summary>For each part of an index the values asked for, and the ranges of keys that follow from them.</summary>
/// <param name="Parts">Intervals in ascending order, by part.</param>
internal sealed record IndexBounds(IReadOnlyList<IReadOnlyList<ValueInterval>> Parts)
{
    private const int RangesMax = 4096;

    /// <summary>How many leading parts are single values.</summary>
    internal int PointParts => Parts.TakeWhile(part => part.All(interval => interval.IsPoint)).Count();

    /// <summary>Whether part <paramref name="index"/> leaves anything out.</summary>
    internal bool Limits(int index) => !Parts[index].Any(interval => interval.IsAll);

    /// <summary>Whether nothing at all is asked for.</summary>
    internal bool IsEmpty => Parts.Any(part => part.Count == 0);

    /// <summary>Whether part <paramref name="index"/> is one value.</summary>
    internal bool IsFixed(int index) => Parts[index] is [{ IsPoint: true }];

    /// <summary>Everything in an index.</summary>
    internal static IndexBounds All(PlannedIndex index) =>
        new([.. index.Parts.Select(_ => (IReadOnlyList<ValueInterval>)[ValueInterval.All])]);

    /// <summary>The ranges of keys, in the order of the index, none touching another.</summary>
    internal IReadOnlyList<KeyRange> Ranges(IndexKeys keys)
    {
        if (IsEmpty)
        {
            return [];
        }

        var prefixes = new List<byte[]> { Array.Empty<byte>() };
        var part = 0;
        while (
            part < Parts.Count - 1
            && Parts[part].All(interval => interval.IsPoint)
            && prefixes.Count * Parts[part].Count <= RangesMax
        )
        {
            prefixes =
            [
                .. prefixes.SelectMany(prefix =>
                    Parts[part].Select(interval => Encode(keys, prefix, part, interval.Low))
                ),
            ];
            part++;
        }

        var ranges = prefixes.SelectMany(prefix => Parts[part].Select(interval => Range(keys, prefix, part, interval)));
        return Merge([.. ranges.Order()]);
    }

    private static KeyRange Range(IndexKeys keys, byte[] prefix, int part, ValueInterval interval)
    {
        var isDescending = keys.Parts[part].IsDescending;
        var (first, last) = isDescending ? (interval.High, interval.Low) : (interval.Low, interval.High);
        var withFirst = isDescending ? interval.IncludesHigh : interval.IncludesLow;
        var withLast = isDescending ? interval.IncludesLow : interval.IncludesHigh;
        if (keys.Parts[part].IsHashed && interval.IsAll)
        {
            return new([.. prefix, KeyString.Before], [.. prefix, KeyString.After]);
        }

        return new(
            [.. Encode(keys, prefix, part, first), withFirst ? KeyString.Before : KeyString.After],
            [.. Encode(keys, prefix, part, last), withLast ? KeyString.After : KeyString.Before]
        );
    }

    private static byte[] Encode(IndexKeys keys, byte[] prefix, int part, RawValue value)
    {
        var buffer = new ArrayBufferWriter<byte>(prefix.Length + 32);
        buffer.Write(prefix);
        keys.Append(buffer, keys.Parts[part], value);
        return buffer.WrittenSpan.ToArray();
    }

    private static List<KeyRange> Merge(IReadOnlyList<KeyRange> sorted)
    {
        var merged = new List<KeyRange>(sorted.Count);
        foreach (var range in sorted)
        {
            if (merged.Count > 0 && range.Lower.AsSpan().SequenceCompareTo(merged[^1].Upper) <= 0)
            {
                var isLonger = range.Upper.AsSpan().SequenceCompareTo(merged[^1].Upper) > 0;
                merged[^1] = isLonger ? merged[^1] with { Upper = range.Upper } : merged[^1];
            }
            else
            {
                merged.Add(range);
            }
        }

        return merged;
    }
}

/// <summary>Keys of an index from <paramref name="Lower"/> (with it) to <paramref name="Upper"/> (without it).</summary>
internal readonly record struct KeyRange(byte[] Lower, byte[] Upper) : IComparable<KeyRange>
{
    /// <inheritdoc/>
    public int CompareTo(KeyRange other) => Lower.AsSpan().SequenceCompareTo(other.Lower);
}
