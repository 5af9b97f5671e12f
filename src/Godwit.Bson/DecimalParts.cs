using System.Numerics;

namespace Godwit.Bson;

/// <summary>A finite decimal number as sign, coefficient and power of ten, with the exact conversions that order and keys need.</summary>
/// <param name="IsNegative">The sign.</param>
/// <param name="Coefficient">Not negative.</param>
/// <param name="Exponent">Power of ten.</param>
internal readonly record struct DecimalParts(bool IsNegative, BigInteger Coefficient, int Exponent)
{
    internal const int DigitsMax = 34;
    internal const int ExponentMin = -6176;

    internal int Sign =>
        Coefficient.IsZero ? 0
        : IsNegative ? -1
        : 1;

    internal DecimalParts Magnitude => this with { IsNegative = false };

    /// <summary>The power of ten of the first digit.</summary>
    private int LeadingExponent => Digits(Coefficient) + Exponent;

    internal static DecimalParts Of(Decimal128 value) => new(value.IsNegative, value.Coefficient, value.Exponent);

    internal static DecimalParts Of(long value) => new(value < 0, BigInteger.Abs(value), 0);

    /// <summary>A finite double exactly, with as many digits as that takes.</summary>
    internal static DecimalParts Of(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var biased = (int)((bits >> 52) & 0x7FF);
        var mantissa = new BigInteger(bits & 0xF_FFFF_FFFF_FFFF) + (biased == 0 ? 0 : 1L << 52);
        var power = Math.Max(biased, 1) - 1075;
        return power >= 0
            ? new(value < 0, mantissa << power, 0)
            : new(value < 0, mantissa * BigInteger.Pow(5, -power), power);
    }

    internal static int Digits(BigInteger value)
    {
        if (value.IsZero)
        {
            return 1;
        }

        var guess = (int)((value.GetBitLength() - 1) * 0.30102999566398120) + 1;
        return value >= BigInteger.Pow(10, guess) ? guess + 1 : guess;
    }

    internal int CompareTo(DecimalParts other)
    {
        if (Sign != other.Sign || Sign == 0)
        {
            return Sign.CompareTo(other.Sign);
        }

        var order = LeadingExponent.CompareTo(other.LeadingExponent);
        if (order == 0)
        {
            var least = Math.Min(Exponent, other.Exponent);
            order = CoefficientAt(least).CompareTo(other.CoefficientAt(least));
        }

        return Sign * order;
    }

    /// <summary>The coefficient this number has with a lower (or its own) exponent.</summary>
    internal BigInteger CoefficientAt(int exponent) => Coefficient * BigInteger.Pow(10, Exponent - exponent);

    /// <summary>Cut or rounded away from zero to so many digits, and filled up with zeros to as many where the exponent allows.</summary>
    internal DecimalParts ToDigits(int digits, bool awayFromZero)
    {
        var surplus = Digits(Coefficient) - digits;
        if (surplus <= 0)
        {
            var exponent = Math.Max(Exponent + surplus, Math.Min(ExponentMin, Exponent));
            return new(IsNegative, CoefficientAt(exponent), exponent);
        }

        var kept = BigInteger.DivRem(Coefficient, BigInteger.Pow(10, surplus), out var rest);
        if (awayFromZero && !rest.IsZero)
        {
            kept += 1;
        }

        var rounded = new DecimalParts(IsNegative, kept, Exponent + surplus);
        return Digits(kept) > digits ? rounded.ToDigits(digits, awayFromZero: false) : rounded;
    }

    /// <summary>The product cut to 34 digits.</summary>
    internal DecimalParts TimesTruncated(DecimalParts factor) =>
        new DecimalParts(
            IsNegative != factor.IsNegative,
            Coefficient * factor.Coefficient,
            Exponent + factor.Exponent
        ).ToDigits(DigitsMax, awayFromZero: false);

    /// <summary>The largest double not above the magnitude; beyond the range of doubles the largest of all.</summary>
    internal double TruncateToDouble(out bool isExact)
    {
        if (Coefficient.IsZero)
        {
            isExact = true;
            return 0;
        }

        isExact = false;
        if (LeadingExponent > 310)
        {
            return double.MaxValue;
        }

        if (LeadingExponent < -330)
        {
            return 0;
        }

        var (scaled, shift, rest) = Binary();
        var surplus = Math.Max((int)scaled.GetBitLength() - 53, -1074 - shift);
        if (surplus > 0)
        {
            rest |= !(scaled & ((BigInteger.One << surplus) - 1)).IsZero;
            scaled >>= surplus;
            shift += surplus;
        }

        var result = Math.ScaleB((double)scaled, shift);
        isExact = !rest && double.IsFinite(result);
        return Math.Min(result, double.MaxValue);
    }

    /// <summary>The magnitude without its fraction.</summary>
    internal BigInteger WholePart() => Exponent >= 0 ? CoefficientAt(0) : Coefficient / BigInteger.Pow(10, -Exponent);

    /// <summary>The nearest whole number, halves to the even one; beyond 64 bits only known to be beyond.</summary>
    internal BigInteger Round()
    {
        if (LeadingExponent < 0 || Coefficient.IsZero)
        {
            return BigInteger.Zero;
        }

        BigInteger whole;
        if (Exponent >= 0)
        {
            whole = Coefficient * BigInteger.Pow(10, Math.Min(Exponent, 20));
        }
        else
        {
            var unit = BigInteger.Pow(10, -Exponent);
            whole = BigInteger.DivRem(Coefficient, unit, out var rest);
            var half = (rest * 2).CompareTo(unit);
            whole += half > 0 || (half == 0 && !whole.IsEven) ? 1 : 0;
        }

        return IsNegative ? -whole : whole;
    }

    /// <summary>The magnitude as an integer times a power of two, cut after at least 64 bits; whether anything was cut off.</summary>
    private (BigInteger Scaled, int Shift, bool HasRest) Binary()
    {
        if (Exponent >= 0)
        {
            return (CoefficientAt(0), 0, false);
        }

        var divisor = BigInteger.Pow(10, -Exponent);
        var up = (int)Math.Max(0, divisor.GetBitLength() - Coefficient.GetBitLength() + 66);
        var scaled = BigInteger.DivRem(Coefficient << up, divisor, out var rest);
        return (scaled, -up, !rest.IsZero);
    }
}
