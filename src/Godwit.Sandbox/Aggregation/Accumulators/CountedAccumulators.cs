using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Accumulators;

/// <summary>Which of the values a <c>…N</c> accumulator keeps.</summary>
internal enum Kept
{
    First,
    Last,
    Smallest,
    Largest,
}

/// <summary><c>$firstN</c>, <c>$lastN</c>, <c>$minN</c> and <c>$maxN</c>.</summary>
internal sealed class CountedAccumulator(Kept kept, int count, ValueComparer comparer) : Accumulator
{
    private readonly List<RawValue> values = [];

    /// <inheritdoc/>
    internal override RawValue Value =>
        RawValue.Array(
            kept switch
            {
                Kept.Smallest => values.Order(comparer).Take(count),
                Kept.Largest => values.OrderDescending(comparer).Take(count),
                _ => values,
            }
        );

    /// <summary>Reads <c>n</c>: a positive whole number.</summary>
    internal static int ReadCount(RawValue value)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(5787902, $"Value for 'n' must be of integral type, but found {value}");
        }

        var whole =
            value.ToWholeInt32()
            ?? throw new CommandException(5787903, $"Value for 'n' must be of integral type, but found {value}");
        return whole > 0 ? whole : throw new CommandException(5787908, $"'n' must be greater than 0, found {whole}");
    }

    /// <inheritdoc/>
    internal override void Add(RawValue value)
    {
        if (kept is Kept.Smallest or Kept.Largest)
        {
            if (!value.IsNullish)
            {
                values.Add(value);
            }

            return;
        }

        if (kept == Kept.First && values.Count == count)
        {
            return;
        }

        values.Add(value);
        if (values.Count > count)
        {
            values.RemoveAt(0);
        }
    }
}
