using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary><c>$min</c> and <c>$max</c>: nulls are ignored; null if nothing else came.</summary>
internal sealed class ExtremeAccumulator(IComparer<RawValue> comparer, int sign) : Accumulator
{
    private RawValue extreme;

    /// <inheritdoc/>
    internal override RawValue Value => extreme.IsMissing ? RawValue.Null : extreme;

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (!value.IsNullish && (extreme.IsMissing || sign * comparer.Compare(value, extreme) > 0))
        {
            extreme = value;
        }
    }
}
