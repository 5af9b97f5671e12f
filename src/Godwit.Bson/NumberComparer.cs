namespace Godwit.Bson;

/// <summary>Compares numbers of all numeric types by exact value. NaN is below every number and equal to every NaN.</summary>
internal static class NumberComparer
{
    internal static int Compare(RawValue left, RawValue right)
    {
        if (left.Type == BsonType.Decimal128 || right.Type == BsonType.Decimal128)
        {
            return CompareWithDecimal(left, right);
        }

        if (left.Type == BsonType.Double)
        {
            return right.Type == BsonType.Double
                ? left.AsDouble.CompareTo(right.AsDouble)
                : -CompareLongToDouble(Integer(right), left.AsDouble);
        }

        return right.Type == BsonType.Double
            ? CompareLongToDouble(Integer(left), right.AsDouble)
            : Integer(left).CompareTo(Integer(right));
    }

    private static long Integer(RawValue value) => value.Type == BsonType.Int32 ? value.AsInt32 : value.AsInt64;

    private static int CompareLongToDouble(long left, double right)
    {
        if (double.IsNaN(right))
        {
            return 1;
        }

        // Up to 2^53 a long is exactly a double; beyond it a double within the range of long is a whole number.
        if (left is >= -(1L << 53) and <= 1L << 53)
        {
            return ((double)left).CompareTo(right);
        }

        return right switch
        {
            >= 9223372036854775808.0 => -1,
            < -9223372036854775808.0 => 1,
            _ => left.CompareTo((long)right),
        };
    }

    private static int CompareWithDecimal(RawValue left, RawValue right)
    {
        if (left.Type != BsonType.Decimal128)
        {
            return -CompareWithDecimal(right, left);
        }

        var number = Decimal128.FromRaw(left);
        var leftRank = Rank(left);
        var rightRank = Rank(right);
        if (leftRank != rightRank || leftRank is -2 or -1 or 1)
        {
            return leftRank.CompareTo(rightRank);
        }

        var parts = DecimalParts.Of(number);
        return right.Type switch
        {
            BsonType.Double => CompareToDouble(parts, right.AsDouble),
            BsonType.Decimal128 => parts.CompareTo(DecimalParts.Of(Decimal128.FromRaw(right))),
            _ => parts.CompareTo(DecimalParts.Of(Integer(right))),
        };
    }

    /// <summary>−2 for NaN, −1 and 1 for the infinities, 0 for finite numbers.</summary>
    private static int Rank(RawValue value)
    {
        if (value.Type == BsonType.Double)
        {
            var number = value.AsDouble;
            return double.IsNaN(number) ? -2
                : double.IsInfinity(number) ? Math.Sign(number)
                : 0;
        }

        if (value.Type != BsonType.Decimal128)
        {
            return 0;
        }

        var decimalNumber = Decimal128.FromRaw(value);
        if (decimalNumber.IsNaN)
        {
            return -2;
        }

        return !decimalNumber.IsInfinity ? 0
            : decimalNumber.IsNegative ? -1
            : 1;
    }

    private static int CompareToDouble(DecimalParts left, double right)
    {
        if (left.Sign != Math.Sign(right))
        {
            return left.Sign.CompareTo(Math.Sign(right));
        }

        var magnitude = left.TruncateToDouble(out var isExact);
        var order = magnitude.CompareTo(Math.Abs(right));
        if (order == 0 && !isExact)
        {
            order = 1;
        }

        return left.Sign * order;
    }
}
