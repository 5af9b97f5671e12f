using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Reads and makes numbers the way expressions do: results have the widest type of their operands.</summary>
internal static class Numbers
{
    /// <summary>An Int32 if it fits, else an Int64.</summary>
    internal static RawValue IntOrLong(long value) =>
        value is >= int.MinValue and <= int.MaxValue ? RawValue.Int32((int)value) : RawValue.Int64(value);

    /// <summary>Int32 &lt; Int64 &lt; Double &lt; Decimal128.</summary>
    internal static BsonType Widest(BsonType left, BsonType right) => Width(left) >= Width(right) ? left : right;

    /// <summary>Whether the type is Int32 or Int64.</summary>
    internal static bool IsInteger(this RawValue value) => value.Type is BsonType.Int32 or BsonType.Int64;

    /// <summary>The value of an Int32 or Int64.</summary>
    internal static long Integer(this RawValue value) => value.Type == BsonType.Int32 ? value.AsInt32 : value.AsInt64;

    /// <summary>Any number as a double.</summary>
    internal static double ToDouble(this RawValue value) =>
        value.Type switch
        {
            BsonType.Int32 => value.AsInt32,
            BsonType.Int64 => value.AsInt64,
            BsonType.Double => value.AsDouble,
            _ => Decimal128.FromRaw(value).ToDouble(),
        };

    /// <summary>Any number as a decimal, doubles to 15 digits.</summary>
    internal static Decimal128 ToDecimal(this RawValue value) =>
        value.Type switch
        {
            BsonType.Int32 => Decimal128.FromInt64(value.AsInt32),
            BsonType.Int64 => Decimal128.FromInt64(value.AsInt64),
            BsonType.Double => Decimal128.FromDouble(value.AsDouble),
            _ => Decimal128.FromRaw(value),
        };

    /// <summary>A whole number that fits an Int32; <see langword="null"/> for fractions, NaN and what is out of range.</summary>
    internal static int? ToWholeInt32(this RawValue value)
    {
        switch (value.Type)
        {
            case BsonType.Int32 or BsonType.Int64:
                return value.Integer() is >= int.MinValue and <= int.MaxValue and var whole ? (int)whole : null;
            case BsonType.Double:
                return
                    value.AsDouble is >= int.MinValue and <= int.MaxValue and var number
                    && Math.Truncate(number) == number
                    ? (int)number
                    : null;
            case BsonType.Decimal128:
                var (number128, cut) = (Decimal128.FromRaw(value), Decimal128.FromRaw(value).ToInt64());
                return cut is >= int.MinValue and <= int.MaxValue && number128.CompareTo(cut.Value) == 0
                    ? (int)cut.Value
                    : null;
            default:
                return null;
        }
    }

    /// <summary>A number as a 64-bit integer, with MongoDB's refusal of what has none.</summary>
    internal static long CoerceToLong(this RawValue value)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(
                16004,
                $"can't convert from BSON type {BsonTypeNames.NameOf(value.Type)} to long"
            );
        }

        if (
            value.Type == BsonType.Double
            && value.AsDouble is not (>= -9223372036854775808.0 and < 9223372036854775808.0)
        )
        {
            throw new CommandException(31109, $"Can't coerce out of range value {value.AsDouble} to long");
        }

        return value.ToInt64() ?? throw new CommandException(31109, $"Can't coerce out of range value {value} to long");
    }

    /// <summary>Rounds half away from zero (C's <c>llround</c>); <see langword="null"/> out of range.</summary>
    internal static long? RoundToLong(double value) =>
        value is >= -9223372036854775808.0 and < 9223372036854775808.0
            ? (long)Math.Round(value, MidpointRounding.AwayFromZero)
            : null;

    /// <summary>How a double looks in error texts (C++ streams: six significant digits).</summary>
    internal static string Describe(double value) =>
        double.IsNaN(value) ? "nan"
        : double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf")
        : value.ToString("G6", System.Globalization.CultureInfo.InvariantCulture).Replace('E', 'e');

    private static int Width(BsonType type) =>
        type switch
        {
            BsonType.Int32 => 1,
            BsonType.Int64 => 2,
            BsonType.Double => 3,
            BsonType.Decimal128 => 4,
            _ => 0,
        };
}
