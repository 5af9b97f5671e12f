using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary><c>$stdDevPop</c> and <c>$stdDevSamp</c> by Welford's running mean.</summary>
internal sealed class StandardDeviationAccumulator(bool isSample) : Accumulator
{
    private long count;
    private double mean;
    private double squares;

    /// <inheritdoc/>
    internal override RawValue Value
    {
        get
        {
            var divisor = isSample ? count - 1 : count;
            return divisor <= 0 ? RawValue.Null : Math.Sqrt(squares / divisor);
        }
    }

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (!value.IsNumber)
        {
            return;
        }

        var number = value.ToDouble();
        count++;
        var distance = number - mean;
        if (distance != 0 || double.IsNaN(distance))
        {
            mean += distance / count;
            squares += distance * (number - mean);
        }
    }
}
