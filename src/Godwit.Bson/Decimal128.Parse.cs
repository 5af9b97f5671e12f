using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Godwit.Bson;

/// <content>Making values: from text, and from sign, coefficient and exponent.</content>
public readonly partial struct Decimal128
{
    private const int DigitsMax = 34;
    private const int ExponentMin = -6176;
    private const int ExponentMax = 6111;

    /// <summary>Not a number.</summary>
    public static Decimal128 NaN => new(0x7C00_0000_0000_0000, 0);

    /// <summary>Plus infinity.</summary>
    public static Decimal128 PositiveInfinity => new(0x7800_0000_0000_0000, 0);

    /// <summary>Minus infinity.</summary>
    public static Decimal128 NegativeInfinity => new(0xF800_0000_0000_0000, 0);

    /// <summary>
    /// The value nearest to ±coefficient × 10^exponent, rounded half to even; infinite where it is too large.
    /// <paramref name="isExact"/> says whether anything was lost (an exponent moved over zeros loses nothing).
    /// </summary>
    public static Decimal128 FromParts(bool isNegative, BigInteger coefficient, int exponent, out bool isExact)
    {
        isExact = true;
        if (coefficient.IsZero)
        {
            return Encode(isNegative, coefficient, Math.Clamp(exponent, ExponentMin, ExponentMax));
        }

        var digits = CountDigits(coefficient);
        var excess = Math.Max(digits - DigitsMax, ExponentMin - exponent);
        if (excess > 0)
        {
            coefficient = DropDigits(coefficient, digits, excess, out isExact);
            exponent += excess;
            if (coefficient == CoefficientLimit)
            {
                coefficient /= 10;
                exponent++;
            }
        }

        if (exponent > ExponentMax)
        {
            var room = DigitsMax - CountDigits(coefficient);
            if (exponent - ExponentMax > room)
            {
                isExact = false;
                return isNegative ? NegativeInfinity : PositiveInfinity;
            }

            coefficient *= BigInteger.Pow(10, exponent - ExponentMax);
            exponent = ExponentMax;
        }

        return Encode(isNegative, coefficient, exponent);
    }

    /// <summary>Reads the text of a decimal number as the decimal128 standard writes it (also <c>NaN</c> and <c>Infinity</c>).</summary>
    /// <param name="text">The number, without spaces around it.</param>
    /// <param name="value">The value, rounded where needed.</param>
    /// <param name="isExact">Whether <paramref name="value"/> is just what the text says.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Decimal128 value, out bool isExact)
    {
        isExact = true;
        var isNegative = text is ['-', ..];
        var rest = text is ['-' or '+', ..] ? text[1..] : text;
        if (TryParseSpecial(isNegative, rest, out value))
        {
            return true;
        }

        var mark = rest.IndexOfAny('e', 'E');
        var mantissa = mark < 0 ? rest : rest[..mark];
        long exponent = 0;
        if (mark >= 0 && !TryParseExponent(rest[(mark + 1)..], out exponent))
        {
            return false;
        }

        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        if (digits.Length == 0 || digits.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        exponent -= point < 0 ? 0 : mantissa.Length - point - 1;
        var coefficient = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        value = FromParts(isNegative, coefficient, (int)Math.Clamp(exponent, -1_000_000, 1_000_000), out isExact);
        return true;
    }

    /// <summary>The value as BSON.</summary>
    public RawValue ToRaw()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), high);
        return new(BsonType.Decimal128, bytes);
    }

    private static Decimal128 Encode(bool isNegative, BigInteger coefficient, int exponent)
    {
        var high = (ulong)(coefficient >> 64) | ((ulong)(exponent + ExponentBias) << 49);
        return new(isNegative ? high | 0x8000_0000_0000_0000 : high, (ulong)(coefficient & ulong.MaxValue));
    }

    private static BigInteger DropDigits(BigInteger coefficient, int digits, int excess, out bool isExact)
    {
        if (excess > digits + 1)
        {
            isExact = false;
            return BigInteger.Zero;
        }

        var divisor = BigInteger.Pow(10, excess);
        var quotient = BigInteger.DivRem(coefficient, divisor, out var remainder);
        isExact = remainder.IsZero;
        var half = (remainder * 2).CompareTo(divisor);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static bool TryParseSpecial(bool isNegative, ReadOnlySpan<char> text, out Decimal128 value)
    {
        value = NaN;
        if (text.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        value = isNegative ? NegativeInfinity : PositiveInfinity;
        return text.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || text.Equals("infinity", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryParseExponent(ReadOnlySpan<char> text, out long exponent)
    {
        exponent = 0;
        var digits = text is ['-' or '+', ..] ? text[1..] : text;
        if (digits.Length == 0 || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        var significant = digits.TrimStart('0');
        var magnitude = significant.Length switch
        {
            0 => 0,
            > 9 => 999_999_999,
            _ => long.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture),
        };
        exponent = text[0] == '-' ? -magnitude : magnitude;
        return true;
    }

    private static int CountDigits(BigInteger value)
    {
        var estimate = Math.Max(1, (int)Math.Floor(BigInteger.Log10(value)));
        while (BigInteger.Pow(10, estimate) <= value)
        {
            estimate++;
        }

        return BigInteger.Pow(10, estimate - 1) > value && estimate > 1 ? estimate - 1 : estimate;
    }
}
