using System.Buffers.Binary;
using System.Numerics;

namespace Godwit.Bson;

/// <summary>Making decimals: from parts, from other numbers, and cutting them to what the format holds.</summary>
public readonly partial struct Decimal128
{
    /// <summary>Not a number.</summary>
    public static readonly Decimal128 NaN = new(0x7C00_0000_0000_0000, 0);

    /// <summary>Plus infinity.</summary>
    public static readonly Decimal128 PositiveInfinity = new(0x7800_0000_0000_0000, 0);

    /// <summary>Minus infinity.</summary>
    public static readonly Decimal128 NegativeInfinity = new(0xF800_0000_0000_0000, 0);

    /// <summary>Zero with exponent zero.</summary>
    public static readonly Decimal128 Zero = FromInt64(0);

    /// <summary>One.</summary>
    public static readonly Decimal128 One = FromInt64(1);

    /// <summary>A whole number.</summary>
    public static Decimal128 FromInt64(long value) => Create(value < 0, BigInteger.Abs(value), 0);

    /// <summary>A double to 15 significant digits, as MongoDB converts where a double meets a decimal.</summary>
    public static Decimal128 FromDouble(double value)
    {
        var exact = FromDoubleExactly(value);
        if (!double.IsFinite(value) || value == 0)
        {
            return exact;
        }

        var (coefficient, exponent) = (exact.Coefficient, exact.Exponent);
        var surplus = DigitCount(coefficient) - 15;
        var rounded =
            surplus > 0
                ? Divide(coefficient, PowerOfTen(surplus), DecimalRounding.HalfEven)
                : coefficient * PowerOfTen(-surplus);
        return rounded == PowerOfTen(15)
            ? Create(exact.IsNegative, rounded / 10, exponent + surplus + 1)
            : Create(exact.IsNegative, rounded, exponent + surplus);
    }

    /// <summary>A double to all 34 digits.</summary>
    public static Decimal128 FromDoubleExactly(double value)
    {
        if (double.IsNaN(value))
        {
            return NaN;
        }

        var isNegative = double.IsNegative(value);
        if (double.IsInfinity(value))
        {
            return Infinity(isNegative);
        }

        var (mantissa, exponent) = BinaryParts(value);
        return exponent >= 0
            ? Create(isNegative, mantissa << exponent, 0)
            : Shorten(Create(isNegative, mantissa * BigInteger.Pow(5, -exponent), exponent), 0);
    }

    /// <summary>
    /// <c>±coefficient × 10^exponent</c>, rounded half-even to 34 digits: infinite beyond the largest exponent, subnormal or zero
    /// below the smallest.
    /// </summary>
    public static Decimal128 Create(bool isNegative, BigInteger coefficient, int exponent)
    {
        var surplus = Math.Max(DigitCount(coefficient) - DigitsMax, ExponentMin - exponent);
        if (surplus > 0 && !coefficient.IsZero)
        {
            coefficient =
                surplus > DigitCount(coefficient) + 1
                    ? BigInteger.Zero
                    : Divide(coefficient, PowerOfTen(surplus), DecimalRounding.HalfEven);
            exponent += surplus;
            if (coefficient == CoefficientLimit)
            {
                coefficient /= 10;
                exponent++;
            }
        }

        if (coefficient.IsZero)
        {
            return Encode(isNegative, coefficient, Math.Clamp(exponent, ExponentMin, ExponentMax));
        }

        if (exponent > ExponentMax)
        {
            var missing = exponent - ExponentMax;
            if (missing + DigitCount(coefficient) > DigitsMax)
            {
                return Infinity(isNegative);
            }

            coefficient *= PowerOfTen(missing);
            exponent = ExponentMax;
        }

        return Encode(isNegative, coefficient, exponent);
    }

    /// <summary>The same value with the given exponent, rounded; NaN if it would need more than 34 digits.</summary>
    public Decimal128 Quantize(int exponent, DecimalRounding rounding = DecimalRounding.HalfEven)
    {
        if (!IsFinite)
        {
            return IsNaN ? NaN : this;
        }

        var shift = Exponent - exponent;
        if (shift >= 0)
        {
            return !Coefficient.IsZero && DigitCount(Coefficient) + shift > DigitsMax
                ? NaN
                : Encode(IsNegative, Coefficient * PowerOfTen(Coefficient.IsZero ? 0 : shift), exponent);
        }

        // Beyond all digits of the coefficient only the direction of rounding matters, not the distance.
        var divisor = PowerOfTen(Math.Min(-shift, DigitsMax + 2));
        return Encode(IsNegative, Divide(Coefficient, divisor, rounding, IsNegative), exponent);
    }

    /// <summary>Rounded to a whole number; values whose exponent is not negative stay as they are.</summary>
    public Decimal128 RoundToWhole(DecimalRounding rounding) =>
        !IsFinite || Exponent >= 0 ? this : Quantize(0, rounding);

    /// <summary>This number as a BSON value.</summary>
    public RawValue ToRaw()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), high);
        return new(BsonType.Decimal128, bytes);
    }

    internal static int DigitCount(BigInteger value)
    {
        if (value.IsZero)
        {
            return 1;
        }

        // log10(2) from below: the estimate is never too large and at most one too small.
        var estimate = (int)((value.GetBitLength() - 1) * 0.30102999566398114) + 1;
        return value >= PowerOfTen(estimate) ? estimate + 1 : estimate;
    }

    internal static BigInteger PowerOfTen(int exponent) => BigInteger.Pow(10, exponent);

    internal static Decimal128 Infinity(bool isNegative) => isNegative ? NegativeInfinity : PositiveInfinity;

    /// <summary>Takes trailing zeros off the coefficient while the exponent is below the preferred one.</summary>
    internal static Decimal128 Shorten(Decimal128 value, int preferredExponent)
    {
        var (coefficient, exponent) = (value.Coefficient, value.Exponent);
        if (!value.IsFinite || coefficient.IsZero)
        {
            return value;
        }

        while (exponent < preferredExponent)
        {
            var quotient = BigInteger.DivRem(coefficient, 10, out var digit);
            if (!digit.IsZero)
            {
                break;
            }

            coefficient = quotient;
            exponent++;
        }

        return Encode(value.IsNegative, coefficient, exponent);
    }

    private static (BigInteger Mantissa, int Exponent) BinaryParts(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var mantissa = bits & 0xF_FFFF_FFFF_FFFF;
        var exponent = (int)((bits >> 52) & 0x7FF);
        if (exponent == 0)
        {
            exponent = 1;
        }
        else
        {
            mantissa |= 0x10_0000_0000_0000;
        }

        exponent -= 1075;
        while (mantissa != 0 && (mantissa & 1) == 0 && exponent < 0)
        {
            mantissa >>= 1;
            exponent++;
        }

        return (mantissa, mantissa == 0 ? 0 : exponent);
    }

    private static BigInteger Divide(
        BigInteger dividend,
        BigInteger divisor,
        DecimalRounding rounding,
        bool isNegative = false
    )
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out var remainder);
        if (remainder.IsZero)
        {
            return quotient;
        }

        var half = (remainder * 2).CompareTo(divisor);
        var isUp = rounding switch
        {
            DecimalRounding.HalfEven => half > 0 || (half == 0 && !quotient.IsEven),
            DecimalRounding.TowardZero => false,
            DecimalRounding.Down => isNegative,
            DecimalRounding.Up => !isNegative,
        };
        return isUp ? quotient + 1 : quotient;
    }

    private static Decimal128 Encode(bool isNegative, BigInteger coefficient, int exponent)
    {
        var high = (ulong)(coefficient >> 64) | ((ulong)(exponent + ExponentBias) << 49);
        return new(isNegative ? high | 0x8000_0000_0000_0000 : high, (ulong)(coefficient & ulong.MaxValue));
    }
}
