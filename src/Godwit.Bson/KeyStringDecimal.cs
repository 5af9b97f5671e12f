namespace Godwit.Bson;

/// <summary>
/// Decimals in KeyStrings: the double below them, a mark that says how the two relate, and where 15 digits do not tell
/// them apart the remaining difference, so that they sort among doubles exactly.
/// </summary>
internal static class KeyStringDecimal
{
    internal const double LeastWithTwoBitMark = 1.7272337110188893e-77; // 2^-255
    internal const double Lift = 1.157920892373162e77; // 2^256
    private const double LeastNormalDouble = 2.2250738585072014E-308;
    private static readonly DecimalParts LiftParts = DecimalParts.Of(Lift).ToDigits(DecimalParts.DigitsMax, false);
    private static readonly DecimalParts DropParts = DecimalParts.Of(1 / Lift).ToDigits(DecimalParts.DigitsMax, false);

    internal static void Write(KeyStringWriter writer, Decimal128 number)
    {
        if (number.IsNaN)
        {
            writer.WriteClass(KeyStringClass.NaN);
        }
        else if (number.IsInfinity)
        {
            writer.WriteLargeDouble(
                number.IsNegative ? double.NegativeInfinity : double.PositiveInfinity,
                DecimalMark.EqualsDouble
            );
        }
        else
        {
            WriteFinite(writer, DecimalParts.Of(number));
        }
    }

    private static void WriteFinite(KeyStringWriter writer, DecimalParts number)
    {
        if (number.Exponent == 0 && number.Coefficient <= long.MaxValue)
        {
            writer.WriteInteger((long)number.Coefficient * (number.IsNegative ? -1 : 1));
            return;
        }

        var magnitude = number.TruncateToDouble(out var isExact);
        var signed = number.IsNegative ? -magnitude : magnitude;
        if (isExact)
        {
            writer.WriteDouble(signed, DecimalMark.EqualsDouble);
        }
        else if (magnitude < LeastNormalDouble)
        {
            WriteTiny(writer, number, magnitude);
        }
        else if (magnitude >= double.MaxValue)
        {
            writer.WriteClass(number.IsNegative ? KeyStringClass.NegativeLarge : KeyStringClass.PositiveLarge);
            WriteWhole(writer, number, highBit: 1UL << 63);
        }
        else
        {
            WriteInexact(writer, number, signed);
        }
    }

    private static void WriteInexact(KeyStringWriter writer, DecimalParts number, double signed)
    {
        var magnitude = Math.Abs(signed);
        var stored = DecimalParts.Of(magnitude).ToDigits(DecimalParts.DigitsMax, awayFromZero: true);
        if (magnitude >= 9223372036854775808.0)
        {
            writer.WriteLargeDouble(signed, DecimalMark.AboveFifteenDigits);
        }
        else if (magnitude < LeastWithTwoBitMark)
        {
            writer.WriteSmallDouble(signed, DecimalMark.AboveFifteenDigits);
        }
        else if (magnitude >= 1L << 53)
        {
            var whole = number.WholePart();
            if (!WriteWholeAndFraction(writer, number, (ulong)whole))
            {
                return;
            }

            stored = new DecimalParts(false, whole, 0).ToDigits(DecimalParts.DigitsMax, awayFromZero: false);
        }
        else
        {
            var rounded = DecimalParts.Of(magnitude).ToDigits(15, awayFromZero: true);
            var order = number.Magnitude.CompareTo(rounded);
            writer.WriteDouble(
                signed,
                order < 0 ? DecimalMark.BelowFifteenDigits
                    : order == 0 ? DecimalMark.EqualsFifteenDigits
                    : DecimalMark.AboveFifteenDigits
            );
            if (order == 0)
            {
                return;
            }
        }

        WriteDifference(writer, number, stored);
    }

    /// <summary>Beyond 2^53 a double may have lost digits of the whole part, which is therefore written as an integer.</summary>
    private static bool WriteWholeAndFraction(KeyStringWriter writer, DecimalParts number, ulong whole)
    {
        var hasFraction = number.Magnitude.CompareTo(new(false, whole, 0)) != 0;
        writer.WriteMagnitude((whole << 1) | (hasFraction ? 1UL : 0), number.IsNegative);
        if (hasFraction && whole < 1UL << 55)
        {
            var mark = (byte)DecimalMark.AboveFifteenDigits;
            writer.WriteByte(number.IsNegative ? (byte)~mark : mark);
        }

        return hasFraction;
    }

    private static void WriteDifference(KeyStringWriter writer, DecimalParts number, DecimalParts stored)
    {
        var exponent = Math.Min(number.Exponent, stored.Exponent);
        var difference = number.CoefficientAt(exponent) - stored.CoefficientAt(exponent);
        writer.WriteUInt64((ulong)(difference & ulong.MaxValue), number.IsNegative);
    }

    /// <summary>Below the normal doubles: lifted by 2^256 in decimal, rounded down at each step as the server does.</summary>
    private static void WriteTiny(KeyStringWriter writer, DecimalParts number, double magnitude)
    {
        writer.WriteClass(number.IsNegative ? KeyStringClass.NegativeFraction : KeyStringClass.PositiveFraction);
        if (magnitude == 0)
        {
            WriteWhole(writer, number, highBit: 0);
            return;
        }

        var lifted = Math.Max(number.TimesTruncated(LiftParts).TruncateToDouble(out _), magnitude * Lift);
        writer.WriteUInt64(KeyStringWriter.LiftedBits(lifted, DecimalMark.AboveFifteenDigits), number.IsNegative);
        var stored = DecimalParts
            .Of(lifted)
            .ToDigits(DecimalParts.DigitsMax, awayFromZero: false)
            .TimesTruncated(DropParts);
        WriteDifference(writer, number, stored);
    }

    /// <summary>The number itself, filled up to 34 digits: exponent above coefficient sorts by value.</summary>
    private static void WriteWhole(KeyStringWriter writer, DecimalParts number, ulong highBit)
    {
        var full = number.ToDigits(DecimalParts.DigitsMax, awayFromZero: false);
        var high =
            highBit | ((ulong)(full.Exponent - DecimalParts.ExponentMin) << 49) | (ulong)(full.Coefficient >> 64);
        writer.WriteUInt64(high, number.IsNegative);
        writer.WriteUInt64((ulong)(full.Coefficient & ulong.MaxValue), number.IsNegative);
    }
}
