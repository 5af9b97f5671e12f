using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Godwit.Bson;

/// <summary>
/// IEEE 754-2008 decimal128 in the binary integer (BID) encoding that BSON uses: a sign, a coefficient of up to 34 digits
/// and an exponent from −6176 to 6111.
/// </summary>
public readonly partial struct Decimal128
{
    /// <summary>Digits a coefficient can have.</summary>
    public const int DigitsMax = 34;

    /// <summary>The smallest exponent.</summary>
    public const int ExponentMin = -ExponentBias;

    /// <summary>The largest exponent.</summary>
    public const int ExponentMax = 6111;

    private const int ExponentBias = 6176;
    private static readonly BigInteger CoefficientLimit = BigInteger.Pow(10, DigitsMax);
    private readonly ulong high;
    private readonly ulong low;

    private Decimal128(ulong high, ulong low)
    {
        this.high = high;
        this.low = low;
    }

    /// <summary>Not a number.</summary>
    public bool IsNaN => (high & 0x7C00_0000_0000_0000) == 0x7C00_0000_0000_0000;

    /// <summary>Plus or minus infinity.</summary>
    public bool IsInfinity => (high & 0x7C00_0000_0000_0000) == 0x7800_0000_0000_0000;

    /// <summary>Whether the sign bit is set.</summary>
    public bool IsNegative => (high & 0x8000_0000_0000_0000) != 0;

    /// <summary>Neither NaN nor infinite.</summary>
    public bool IsFinite => (high & 0x7800_0000_0000_0000) != 0x7800_0000_0000_0000;

    /// <summary>Zero of either sign and any exponent.</summary>
    public bool IsZero => IsFinite && Coefficient.IsZero;

    /// <summary>Power of ten by which the coefficient is multiplied.</summary>
    public int Exponent =>
        ((high >> 61) & 3) == 3
            ? (int)((high >> 47) & 0x3FFF) - ExponentBias
            : (int)((high >> 49) & 0x3FFF) - ExponentBias;

    /// <summary>The coefficient without sign; encodings beyond 34 digits count as zero, as the standard says.</summary>
    public BigInteger Coefficient
    {
        get
        {
            if (((high >> 61) & 3) == 3)
            {
                return BigInteger.Zero;
            }

            var value = (new BigInteger(high & 0x1_FFFF_FFFF_FFFF) << 64) | low;
            return value < CoefficientLimit ? value : BigInteger.Zero;
        }
    }

    /// <summary>Reads the value of a <see cref="BsonType.Decimal128"/>.</summary>
    public static Decimal128 FromRaw(RawValue value)
    {
        if (value.Type != BsonType.Decimal128)
        {
            throw new InvalidOperationException($"a value of type {value.Type} is not Decimal128");
        }

        var span = value.Bytes.Span;
        return new(BinaryPrimitives.ReadUInt64LittleEndian(span[8..]), BinaryPrimitives.ReadUInt64LittleEndian(span));
    }

    /// <summary>The whole part as a 64-bit integer; <see langword="null"/> if not finite or out of range.</summary>
    public long? ToInt64()
    {
        if (!IsFinite || Coefficient.IsZero)
        {
            return IsFinite ? 0 : null;
        }

        if (Exponent > 19)
        {
            return null;
        }

        var whole =
            Exponent >= 0
                ? Coefficient * BigInteger.Pow(10, Exponent)
                : Coefficient / BigInteger.Pow(10, Math.Min(-Exponent, 40));
        whole = IsNegative ? -whole : whole;
        return whole >= long.MinValue && whole <= long.MaxValue ? (long)whole : null;
    }

    /// <summary>The text MongoDB's tools write: plain where the exponent allows it, else scientific.</summary>
    public override string ToString()
    {
        if (IsNaN)
        {
            return "NaN";
        }

        var sign = IsNegative ? "-" : "";
        if (IsInfinity)
        {
            return sign + "Infinity";
        }

        var digits = Coefficient.ToString(CultureInfo.InvariantCulture);
        var scientific = Exponent + digits.Length - 1;
        if (scientific < -6 || Exponent > 0)
        {
            var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
            return FormattableString.Invariant($"{sign}{mantissa}E{scientific:+0;-0;+0}");
        }

        if (Exponent == 0)
        {
            return sign + digits;
        }

        var point = digits.Length + Exponent;
        return point > 0 ? $"{sign}{digits[..point]}.{digits[point..]}" : $"{sign}0.{new string('0', -point)}{digits}";
    }
}
