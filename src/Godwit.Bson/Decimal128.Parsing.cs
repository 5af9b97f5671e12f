using System.Globalization;
using System.Numerics;

namespace Godwit.Bson;

/// <summary>Reading decimals from text as MongoDB reads them.</summary>
public readonly partial struct Decimal128
{
    /// <summary>
    /// Reads <c>[+-]digits[.digits][e[+-]digits]</c>, <c>nan</c>, <c>inf</c> or <c>infinity</c> in any case; digits beyond the
    /// 34th are rounded off.
    /// </summary>
    public static DecimalParseOutcome TryParse(ReadOnlySpan<char> text, out Decimal128 value) =>
        Read(text, out value, out _);

    /// <summary>Reads text of the same notation; tells whether all of its digits were kept. False if it is malformed or out of range.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Decimal128 value, out bool isExact) =>
        Read(text, out value, out isExact) == DecimalParseOutcome.Parsed;

    private static DecimalParseOutcome Read(ReadOnlySpan<char> text, out Decimal128 value, out bool isExact)
    {
        value = NaN;
        isExact = true;
        var isNegative = text is ['-', ..];
        var rest = text is ['-' or '+', ..] ? text[1..] : text;
        if (rest.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            return DecimalParseOutcome.Parsed;
        }

        if (
            rest.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || rest.Equals("infinity", StringComparison.OrdinalIgnoreCase)
        )
        {
            value = Infinity(isNegative);
            return DecimalParseOutcome.Parsed;
        }

        var mark = rest.IndexOfAny('e', 'E');
        var mantissa = mark < 0 ? rest : rest[..mark];
        if (!TryReadMantissa(mantissa, out var coefficient, out var exponent))
        {
            return DecimalParseOutcome.Malformed;
        }

        if (mark >= 0)
        {
            if (!TryReadExponent(rest[(mark + 1)..], out var power))
            {
                return DecimalParseOutcome.Malformed;
            }

            exponent += power;
        }

        value = Create(isNegative, coefficient, exponent);
        var dropped = value.Exponent - exponent;
        isExact =
            coefficient.IsZero
            || dropped <= 0
            || (dropped < DigitCount(coefficient) && (coefficient % PowerOfTen(dropped)).IsZero);
        return coefficient.IsZero ? DecimalParseOutcome.Parsed : RangeOf(value, coefficient, exponent);
    }

    /// <summary>Reads a decimal that must be well formed and in range.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static Decimal128 Parse(string text) =>
        TryParse(text, out var value) == DecimalParseOutcome.Parsed
            ? value
            : throw new FormatException($"'{text}' is no Decimal128");

    private static DecimalParseOutcome RangeOf(Decimal128 value, BigInteger coefficient, int exponent)
    {
        if (value.IsInfinity)
        {
            return DecimalParseOutcome.Overflow;
        }

        var isInexact =
            exponent < ExponentMin
            && (
                ExponentMin - exponent >= DigitCount(coefficient)
                || !(coefficient % PowerOfTen(ExponentMin - exponent)).IsZero
            );
        return isInexact && DigitCount(value.Coefficient) < DigitsMax
            ? DecimalParseOutcome.Underflow
            : DecimalParseOutcome.Parsed;
    }

    private static bool TryReadMantissa(ReadOnlySpan<char> text, out BigInteger coefficient, out int exponent)
    {
        coefficient = default;
        exponent = 0;
        var point = text.IndexOf('.');
        Span<char> digits = new char[text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                digits[count++] = text[i];
            }
            else if (i != point)
            {
                return false;
            }
        }

        if (count == 0)
        {
            return false;
        }

        exponent = point < 0 ? 0 : point + 1 - text.Length;
        coefficient = BigInteger.Parse(digits[..count], NumberStyles.None, CultureInfo.InvariantCulture);
        return true;
    }

    private static bool TryReadExponent(ReadOnlySpan<char> text, out int exponent)
    {
        exponent = 0;
        var isNegative = text is ['-', ..];
        var digits = text is ['-' or '+', ..] ? text[1..] : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        // Larger exponents are out of range whatever the mantissa: documents end at 16 MiB of digits.
        const int Limit = 100_000_000;
        exponent = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var read)
            ? Math.Min(read, Limit)
            : Limit;
        exponent = isNegative ? -exponent : exponent;
        return true;
    }
}
