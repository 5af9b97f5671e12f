using Godwit.Bson;

namespace Godwit.Sandbox.Planning;

/// <summary>Values between two bounds, in ascending order.</summary>
/// <param name="Low">The lower bound.</param>
/// <param name="IncludesLow">Whether it belongs to the interval.</param>
/// <param name="High">The upper bound.</param>
/// <param name="IncludesHigh">Whether it belongs to the interval.</param>
internal readonly record struct ValueInterval(RawValue Low, bool IncludesLow, RawValue High, bool IncludesHigh)
{
    /// <summary>All values.</summary>
    internal static readonly ValueInterval All = new(RawValue.MinKey, true, RawValue.MaxKey, true);

    /// <summary>Whether it is one value.</summary>
    internal bool IsPoint => IncludesLow && IncludesHigh && Low == High;

    /// <summary>Whether it is every value.</summary>
    internal bool IsAll => Low.Type == BsonType.MinKey && High.Type == BsonType.MaxKey;

    /// <summary>One value.</summary>
    internal static ValueInterval Point(RawValue value) => new(value, true, value, true);

    /// <summary>What two intervals have in common; <see langword="null"/> if nothing.</summary>
    internal ValueInterval? Intersect(ValueInterval other, IStringCollation? collation)
    {
        var low = ValueComparer.Compare(Low, other.Low, collation);
        var high = ValueComparer.Compare(High, other.High, collation);
        var common = new ValueInterval(
            low >= 0 ? Low : other.Low,
            low > 0 ? IncludesLow
                : low < 0 ? other.IncludesLow
                : IncludesLow && other.IncludesLow,
            high <= 0 ? High : other.High,
            high < 0 ? IncludesHigh
                : high > 0 ? other.IncludesHigh
                : IncludesHigh && other.IncludesHigh
        );
        var order = ValueComparer.Compare(common.Low, common.High, collation);
        return order < 0 || (order == 0 && common.IncludesLow && common.IncludesHigh) ? common : null;
    }

    /// <summary>As explain shows it, from its other end where the key part descends.</summary>
    internal string Show(bool isDescending)
    {
        var (first, last) = isDescending ? (High, Low) : (Low, High);
        var (withFirst, withLast) = isDescending ? (IncludesHigh, IncludesLow) : (IncludesLow, IncludesHigh);
        return $"{(withFirst ? '[' : '(')}{Text(first)}, {Text(last)}{(withLast ? ']' : ')')}";
    }

    private static string Text(RawValue value) =>
        value.Type switch
        {
            BsonType.MinKey => "MinKey",
            BsonType.MaxKey => "MaxKey",
            BsonType.Double when double.IsPositiveInfinity(value.AsDouble) => "inf.0",
            BsonType.Double when double.IsNegativeInfinity(value.AsDouble) => "-inf.0",
            _ => value.ToString(),
        };
}
