using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary><c>$sum</c>: numbers only, the rest is ignored.</summary>
internal sealed class SumAccumulator : Accumulator
{
    private readonly ExactSum sum = new();

    /// <inheritdoc/>
    internal override RawValue Value => sum.Value;

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (value.IsNumber)
        {
            sum.Add(value);
        }
    }
}

/// <summary><c>$avg</c>: of numbers only; null if there is none.</summary>
internal sealed class AverageAccumulator : Accumulator
{
    private readonly ExactSum sum = new();
    private long count;

    /// <inheritdoc/>
    internal override RawValue Value =>
        count == 0 ? RawValue.Null
        : sum.IsDecimal ? sum.ToDecimal().Divide(Decimal128.FromInt64(count)).ToRaw()
        : sum.ToDouble() / count;

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (value.IsNumber)
        {
            sum.Add(value);
            count++;
        }
    }
}
