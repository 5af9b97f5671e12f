using System.Globalization;
using System.Text;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>The format letters of <c>$dateToString</c>.</summary>
internal static class DateFormat
{
    /// <summary>Refuses letters that do not exist.</summary>
    internal static void Check(string format)
    {
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                continue;
            }

            if (++i == format.Length)
            {
                throw new CommandException(18535, "Unmatched '%' at end of format string");
            }

            if (!"dGHjLmMSuUVwYzZbB%".Contains(format[i], StringComparison.Ordinal))
            {
                throw new CommandException(18536, $"Invalid format character '%{format[i]}' in format string");
            }
        }
    }

    /// <summary>Writes a moment in a zone.</summary>
    internal static string Write(string format, long moment, Zone zone)
    {
        var time = zone.ToLocal(moment);
        if (time.Year is < 0 or > 9999)
        {
            throw new CommandException(
                18537,
                $"Could not convert date to string: date component was outside the supported range of 0-9999: {time.Year}"
            );
        }

        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            _ = format[i] == '%' ? text.Append(Part(format[++i], time, zone.OffsetAt(moment))) : text.Append(format[i]);
        }

        return text.ToString();
    }

    private static string Part(char letter, CivilTime time, TimeSpan offset)
    {
        var minutes = (int)offset.TotalMinutes;
        return letter switch
        {
            'd' => Digits(time.Day, 2),
            'G' => Digits(time.IsoYear, 4),
            'H' => Digits(time.Hour, 2),
            'j' => Digits(time.DayOfYear, 3),
            'L' => Digits(time.Millisecond, 3),
            'm' => Digits(time.Month, 2),
            'M' => Digits(time.Minute, 2),
            'S' => Digits(time.Second, 2),
            'u' => Digits(time.IsoDayOfWeek, 1),
            'U' => Digits(time.Week, 2),
            'V' => Digits(time.IsoWeek, 2),
            'w' => Digits(time.DayOfWeek, 1),
            'Y' => Digits(time.Year, 4),
            'z' => $"{(minutes < 0 ? '-' : '+')}{Digits(Math.Abs(minutes) / 60, 2)}{Digits(Math.Abs(minutes) % 60, 2)}",
            'Z' => $"{(minutes < 0 ? '-' : '+')}{Digits(Math.Abs(minutes), 1)}",
            'b' => time.MonthName[..3],
            'B' => time.MonthName,
            _ => "%",
        };
    }

    private static string Digits(long value, int count) =>
        value.ToString("D" + count.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
