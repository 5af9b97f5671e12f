using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Aggregation.Stages;

namespace Godwit.Sandbox.Aggregation.Windows;

/// <summary><c>$expMovingAvg</c>: the newer a value, the more it weighs.</summary>
internal static class MovingAverage
{
    internal static WindowFunction Parse(RawElement form, StageContext context)
    {
        if (form.Type != BsonType.Document)
        {
            throw WindowFunctions.Failed("$expMovingAvg must have exactly one argument that is an object");
        }

        var specification = form.Value.AsDocument;
        var (count, alpha) = (specification["N"], specification["alpha"]);
        if (specification.Count() != 2 || !specification.Has("input") || count.IsMissing == alpha.IsMissing)
        {
            throw WindowFunctions.Failed(
                "$expMovingAvg sub object must have exactly two fields: An 'input' field, and either an 'N' field or an 'alpha' field"
            );
        }

        var weight = alpha.IsMissing
            ? Decimal128.FromInt64(2).Divide(Decimal128.FromInt64(Count(count) + 1))
            : Decimal128.FromDouble(Alpha(alpha));
        var input = context.Expression(specification["input"]);
        return partition => Averages(partition, input, weight);
    }

    /// <summary>Computed in decimal, as MongoDB does, and shown as a double unless a decimal came in.</summary>
    private static IEnumerable<RawValue> Averages(
        WindowPartition partition,
        Func<RawDocument, RawValue> input,
        Decimal128 weight
    )
    {
        var rest = Decimal128.FromInt64(1).Add(weight.Multiply(Decimal128.FromInt64(-1)));
        Decimal128? average = null;
        var isDecimal = false;
        foreach (var document in partition.Documents)
        {
            var value = input(document);
            if (value.IsNumber)
            {
                isDecimal |= value.Type == BsonType.Decimal128;
                var number = value.ToDecimal();
                average = average is { } before ? number.Multiply(weight).Add(before.Multiply(rest)) : number;
            }

            yield return average is not { } now ? RawValue.Null
            : isDecimal ? now.ToRaw()
            : now.ToDouble();
        }
    }

    private static int Count(RawValue value) =>
        value.ToWholeInt32() switch
        {
            null => throw WindowFunctions.Failed($"'N' field must be an integer, but found  {value}"),
            <= 0 => throw WindowFunctions.Failed($"'N' must be greater than zero. Got {value}"),
            { } count => count,
        };

    private static double Alpha(RawValue value) =>
        !value.IsNumber ? throw WindowFunctions.Failed("'alpha' must be a number")
        : value.ToDouble() is > 0 and < 1 and var alpha ? alpha
        : throw WindowFunctions.Failed($"'alpha' must be between 0 and 1 (exclusive), found {value}");
}
