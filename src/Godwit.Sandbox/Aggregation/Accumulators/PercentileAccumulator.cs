using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary><c>$percentile</c> and <c>$median</c>: the discrete percentiles of the numbers among the values.</summary>
internal sealed class PercentileAccumulator(IReadOnlyList<double> percentiles, bool isMedian) : Accumulator
{
    private readonly List<double> numbers = [];

    /// <inheritdoc/>
    internal override RawValue Value
    {
        get
        {
            double[] sorted = [.. numbers.Order()];
            return isMedian ? At(sorted, percentiles[0]) : RawValue.Array(percentiles.Select(p => At(sorted, p)));
        }
    }

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (value.IsNumber && !double.IsNaN(value.ToDouble()))
        {
            numbers.Add(value.ToDouble());
        }
    }

    private static RawValue At(double[] sorted, double percentile) =>
        sorted.Length == 0
            ? RawValue.Null
            : sorted[Math.Clamp((int)Math.Ceiling(percentile * sorted.Length) - 1, 0, sorted.Length - 1)];
}
