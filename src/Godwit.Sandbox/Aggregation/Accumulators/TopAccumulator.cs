using Godwit.Bson;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary><c>$top</c>, <c>$bottom</c>, <c>$topN</c> and <c>$bottomN</c>: what the first or last documents of an order give.</summary>
internal sealed class TopAccumulator(SortPattern pattern, int count, bool isTop, bool isSingle) : Accumulator
{
    private readonly List<(byte[] Key, RawValue Output)> kept = [];

    /// <inheritdoc/>
    internal override RawValue Value
    {
        get
        {
            var outputs = kept.Select(entry => entry.Output.IsMissing ? RawValue.Null : entry.Output);
            return isSingle ? outputs.FirstOrDefault(RawValue.Null) : RawValue.Array(outputs);
        }
    }

    /// <summary>Takes the next document with what it gives.</summary>
    internal void Add(RawDocument document, RawValue output)
    {
        var key = pattern.EncodeKey(document);
        var place = kept.Count;
        while (place > 0 && key.AsSpan().SequenceCompareTo(kept[place - 1].Key) < 0)
        {
            place--;
        }

        if (kept.Count < count)
        {
            kept.Insert(place, (key, output));
        }
        else if (isTop && place < count)
        {
            kept.RemoveAt(count - 1);
            kept.Insert(place, (key, output));
        }
        else if (!isTop && place > 0)
        {
            kept.RemoveAt(0);
            kept.Insert(place - 1, (key, output));
        }
    }

    /// <inheritdoc/>
    internal override void Add(RawValue value) => throw new NotSupportedException("documents are ordered, not values");
}
