using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Reads dates from text: ISO 8601 and a few common notations, or by a format.</summary>
internal static partial class DateParser
{
    private const string Months = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";

    /// <summary>Reads text in any known notation.</summary>
    internal static long Parse(string text, Zone zone)
    {
        var match = Iso().Match(text);
        match = match.Success ? match : Named().Match(text);
        match = match.Success ? match : American().Match(text);
        return match.Success ? FromMatch(match, text, zone) : throw Malformed(text);
    }

    /// <summary>Reads text by a format of <c>%</c> letters.</summary>
    internal static long Parse(string text, string format, Zone zone)
    {
        var pattern = new StringBuilder("^");
        for (var i = 0; i < format.Length; i++)
        {
            _ = pattern.Append(
                format[i] == '%' && i + 1 < format.Length
                    ? PatternOf(format[++i], text)
                    : Regex.Escape(format[i..(i + 1)])
            );
        }

        var match = Regex.Match(
            text,
            pattern.Append('$').ToString(),
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(1)
        );
        return match.Success ? FromMatch(match, text, zone) : throw Malformed(text);
    }

    private static string PatternOf(char letter, string text) =>
        letter switch
        {
            'Y' => "(?<y>\\d{4})",
            'm' => "(?<m>\\d{1,2})",
            'd' => "(?<d>\\d{1,2})",
            'H' => "(?<H>\\d{1,2})",
            'M' => "(?<M>\\d{1,2})",
            'S' => "(?<S>\\d{1,2})",
            'L' => "(?<f>\\d{1,3})",
            'G' => "(?<y>\\d{4})",
            'V' => "(?<w>\\d{1,2})",
            'u' => "(?<u>[1-7])",
            'j' => "(?<j>\\d{1,3})",
            'b' or 'B' => $"(?<n>{Months})[a-z]*",
            'z' => "(?<z>Z|[+-]\\d\\d:?\\d\\d)",
            'Z' => "(?<q>[+-]\\d+)",
            '%' => "%",
            _ => throw new CommandException(18536, $"Invalid format character '%{letter}' in format string for {text}"),
        };

    private static long FromMatch(Match match, string text, Zone zone)
    {
        var (month, day) = (Number(match, "m", 1), Number(match, "d", 1));
        if (match.Groups["n"] is { Success: true } name)
        {
            month = (Months.IndexOf(name.Value[..3].ToLowerInvariant(), StringComparison.Ordinal) / 4) + 1;
        }

        if (month is < 1 or > 12 || day is < 1 or > 31 || Number(match, "H", 0) > 24 || Number(match, "M", 0) > 59)
        {
            throw Malformed(text);
        }

        var year = Number(match, "y", 1970);
        var days = CivilTime.DaysFromCivil(year, month, day);
        if (match.Groups["j"].Success)
        {
            days = CivilTime.DaysFromCivil(year, 1, 1) + Number(match, "j", 1) - 1;
        }
        else if (match.Groups["w"].Success)
        {
            days = IsoWeekStart(year) + ((Number(match, "w", 1) - 1) * 7) + Number(match, "u", 1) - 1;
        }

        var fraction = match.Groups["f"].Success ? match.Groups["f"].Value.PadRight(3, '0')[..3] : "0";
        var local =
            (days * CivilTime.MillisecondsPerDay)
            + (Number(match, "H", 0) * 3_600_000L)
            + (Number(match, "M", 0) * 60_000L)
            + (Number(match, "S", 0) * 1000L)
            + int.Parse(fraction, CultureInfo.InvariantCulture);
        if (match.Groups["q"].Success)
        {
            return local - (Number(match, "q", 0) * 60_000L);
        }

        if (!match.Groups["z"].Success)
        {
            return zone.FromLocalMilliseconds(local);
        }

        var given = match.Groups["z"].Value.ToUpperInvariant();
        return (given == "Z" ? Zone.Utc : Zone.Parse(given)!).FromLocalMilliseconds(local);
    }

    /// <summary>Day number of the Monday of the year's first ISO week.</summary>
    internal static long IsoWeekStart(long year)
    {
        var january = CivilTime.FromDays(CivilTime.DaysFromCivil(year, 1, 4));
        return january.DayNumber - january.IsoDayOfWeek + 1;
    }

    private static int Number(Match match, string group, int otherwise) =>
        match.Groups[group].Success
            ? int.Parse(match.Groups[group].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : otherwise;

    private static CommandException Malformed(string text) =>
        new(ErrorCode.ConversionFailure, $"Error parsing date string '{text}'");

    private const string Time =
        @"(?:[T ](?<H>\d\d):(?<M>\d\d)(?::(?<S>\d\d)(?:[.,](?<f>\d{1,9}))?)?\s?(?<z>Z|[+-]\d\d(?::?\d\d)?)?)?";

    [GeneratedRegex(
        @"^(?<y>\d{4})-(?:(?<m>0\d|1[0-2])-(?<d>\d\d)|W(?<w>\d\d)(?:-(?<u>[1-7]))?|(?<j>\d{3}))" + Time + "$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Iso();

    [GeneratedRegex(
        @"^(?:(?<n>"
            + Months
            + @")[a-z]*\.? (?<d>\d{1,2})(?:st|nd|rd|th)?,? (?<y>\d{4})|(?<d>\d{1,2}) (?<n>"
            + Months
            + @")[a-z]* (?<y>\d{4}))"
            + Time
            + "$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Named();

    [GeneratedRegex(@"^(?<m>\d{1,2})/(?<d>\d{1,2})/(?<y>\d{4})" + Time + "$", RegexOptions.IgnoreCase)]
    private static partial Regex American();
}
