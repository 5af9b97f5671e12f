using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Numbers from text: the whole text must be one, without blanks, not hexadecimal.</summary>
internal static class NumberText
{
    internal static long ParseInteger(string text, bool isInt32)
    {
        RefuseHexadecimal(text);
        var digits = text.Length > 1 && text[0] is '+' or '-' ? text[1..] : text;
        if (digits.Length == 0)
        {
            throw Failure(text, "No digits");
        }

        if (digits.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            throw Failure(text, "Did not consume whole string.");
        }

        return
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && (!isInt32 || value is >= int.MinValue and <= int.MaxValue)
            ? value
            : throw Failure(text, "Overflow");
    }

    internal static double ParseDouble(string text)
    {
        RefuseHexadecimal(text);
        if (text.Length == 0)
        {
            throw Failure(text, "Empty string");
        }

        // The notation is that of decimals; only the value is read differently.
        if (
            text.Contains('\0', StringComparison.Ordinal)
            || Decimal128.TryParse(text, out _) == DecimalParseOutcome.Malformed
        )
        {
            throw Failure(text, "Did not consume whole string.");
        }

        var digits = text.TrimStart('+', '-');
        if (!char.IsAsciiDigit(digits[0]) && digits[0] != '.')
        {
            var special = digits[0] is 'n' or 'N' ? double.NaN : double.PositiveInfinity;
            return text[0] == '-' ? -special : special;
        }

        var value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsInfinity(value) ? throw Failure(text, "Out of range") : value;
    }

    internal static Decimal128 ParseDecimal(string text)
    {
        RefuseHexadecimal(text);
        return Decimal128.TryParse(text, out var value) switch
        {
            DecimalParseOutcome.Parsed => value,
            DecimalParseOutcome.Overflow => throw Failure(text, "Conversion from string to decimal would overflow"),
            DecimalParseOutcome.Underflow => throw Failure(text, "Conversion from string to decimal would underflow"),
            DecimalParseOutcome.Malformed => throw Failure(
                text,
                text.Length == 0 ? "Empty string" : "Failed to parse string to decimal"
            ),
        };
    }

    private static void RefuseHexadecimal(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            throw Conversion.Failure($"Illegal hexadecimal input in $convert with no onError value: {text}");
        }
    }

    private static CommandException Failure(string text, string why) =>
        Conversion.Failure($"Failed to parse number '{text}' in $convert with no onError value: {why}");
}
