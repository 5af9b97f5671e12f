using Godwit.Bson;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary>
/// Numbers as update operators compute: 32-bit results that do not fit become 64-bit, 64-bit ones that do not fit are no
/// value (absent); a double or a decimal on either side makes the result one.
/// </summary>
internal static class UpdateArithmetic
{
    internal static RawValue Add(RawValue left, RawValue right)
    {
        if (IsEither(left, right, BsonType.Decimal128))
        {
            return ToDecimal(left).Add(ToDecimal(right)).ToRaw();
        }

        if (IsEither(left, right, BsonType.Double))
        {
            return ToDouble(left) + ToDouble(right);
        }

        var sum = (Int128)left.ToInt64()!.Value + right.ToInt64()!.Value;
        return Whole(sum, left, right);
    }

    internal static RawValue Multiply(RawValue left, RawValue right)
    {
        if (IsEither(left, right, BsonType.Decimal128))
        {
            return ToDecimal(left).Multiply(ToDecimal(right)).ToRaw();
        }

        if (IsEither(left, right, BsonType.Double))
        {
            return ToDouble(left) * ToDouble(right);
        }

        var product = (Int128)left.ToInt64()!.Value * right.ToInt64()!.Value;
        return Whole(product, left, right);
    }

    /// <summary>Same type and equal as numbers (0.0 and −0.0 are, NaN is to nothing).</summary>
    internal static bool AreIdentical(RawValue left, RawValue right) =>
        left.Type == right.Type
        && left.Type switch
        {
            BsonType.Double => left.AsDouble == right.AsDouble,
            BsonType.Decimal128 => !Decimal128.FromRaw(left).IsNaN
                && !Decimal128.FromRaw(right).IsNaN
                && ValueComparer.AreEqual(left, right),
            _ => left == right,
        };

    /// <summary>A whole number in the smaller of the types that fits and that the operands allow.</summary>
    internal static RawValue Whole(Int128 value, RawValue left, RawValue right)
    {
        if (!IsEither(left, right, BsonType.Int64) && value >= int.MinValue && value <= int.MaxValue)
        {
            return (int)value;
        }

        return value >= long.MinValue && value <= long.MaxValue ? (long)value : default(RawValue);
    }

    private static bool IsEither(RawValue left, RawValue right, BsonType type) =>
        left.Type == type || right.Type == type;

    private static double ToDouble(RawValue value) =>
        value.Type == BsonType.Double ? value.AsDouble : value.ToInt64()!.Value;

    private static Decimal128 ToDecimal(RawValue value) =>
        value.Type switch
        {
            BsonType.Decimal128 => Decimal128.FromRaw(value),
            BsonType.Double => Decimal128.FromDouble(value.AsDouble),
            _ => Decimal128.FromInt64(value.ToInt64()!.Value),
        };
}
