using System.Globalization;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>
/// A date and time of the proleptic Gregorian calendar over the whole range of 64-bit milliseconds, which .NET's own types do
/// not cover.
/// </summary>
internal readonly record struct CivilTime(
    long Year,
    int Month,
    int Day,
    int Hour,
    int Minute,
    int Second,
    int Millisecond
)
{
    internal const long MillisecondsPerDay = 86_400_000;
    private static readonly string[] MonthNames = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames;

    /// <summary>Full English name of the month.</summary>
    internal string MonthName => MonthNames[Month - 1];

    /// <summary>Days since 1970-01-01.</summary>
    internal long DayNumber => DaysFromCivil(Year, Month, Day);

    /// <summary>Sunday 1 … Saturday 7.</summary>
    internal int DayOfWeek => (int)FloorModulo(DayNumber + 4, 7) + 1;

    /// <summary>Monday 1 … Sunday 7.</summary>
    internal int IsoDayOfWeek => (int)FloorModulo(DayNumber + 3, 7) + 1;

    /// <summary>1 … 366.</summary>
    internal int DayOfYear => (int)(DayNumber - DaysFromCivil(Year, 1, 1)) + 1;

    /// <summary>Week of the year, weeks beginning on Sunday; days before the first Sunday are week 0.</summary>
    internal int Week => (DayOfYear + 7 - DayOfWeek) / 7;

    /// <summary>Year of the ISO 8601 week.</summary>
    internal long IsoYear => FromDays(DayNumber + 4 - IsoDayOfWeek).Year;

    /// <summary>ISO 8601 week.</summary>
    internal int IsoWeek => ((FromDays(DayNumber + 4 - IsoDayOfWeek).DayOfYear - 1) / 7) + 1;

    internal static CivilTime FromMilliseconds(long milliseconds)
    {
        var days = FloorDivide(milliseconds, MillisecondsPerDay);
        var rest = (int)(milliseconds - (days * MillisecondsPerDay));
        var date = FromDays(days);
        return date with
        {
            Hour = rest / 3_600_000,
            Minute = rest / 60_000 % 60,
            Second = rest / 1000 % 60,
            Millisecond = rest % 1000,
        };
    }

    internal long ToMilliseconds() =>
        (DayNumber * MillisecondsPerDay) + (Hour * 3_600_000L) + (Minute * 60_000L) + (Second * 1000L) + Millisecond;

    /// <summary>The same time some months later, the day moved to the month's last where it has fewer.</summary>
    internal CivilTime AddMonths(long months)
    {
        var total = (Year * 12) + Month - 1 + months;
        var (year, month) = (FloorDivide(total, 12), (int)FloorModulo(total, 12) + 1);
        return this with { Year = year, Month = month, Day = Math.Min(Day, DaysInMonth(year, month)) };
    }

    /// <summary><c>2020-02-29T12:30:15.123Z</c>.</summary>
    internal string ToIsoText() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Year:0000}-{Month:00}-{Day:00}T{Hour:00}:{Minute:00}:{Second:00}.{Millisecond:000}Z"
        );

    /// <summary><c>Nov 14 22:13:20</c>.</summary>
    internal string ToMonthText() =>
        string.Create(CultureInfo.InvariantCulture, $"{MonthName[..3]} {Day, 2} {Hour:00}:{Minute:00}:{Second:00}");

    internal static int DaysInMonth(long year, int month) =>
        month switch
        {
            2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
            4 or 6 or 9 or 11 => 30,
            _ => 31,
        };

    /// <summary>Days since 1970-01-01; months and days beyond their range carry over.</summary>
    internal static long DaysFromCivil(long year, long month, long day)
    {
        year += FloorDivide(month - 1, 12);
        month = FloorModulo(month - 1, 12) + 1;

        // Years begin in March here, so that the leap day is the last of its year.
        year -= month <= 2 ? 1 : 0;
        var era = FloorDivide(year, 400);
        var yearOfEra = year - (era * 400);
        var dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        return (era * 146097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719468;
    }

    internal static CivilTime FromDays(long days)
    {
        days += 719468;
        var era = FloorDivide(days, 146097);
        var dayOfEra = days - (era * 146097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36524) - (dayOfEra / 146096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        return new(
            yearOfEra + (era * 400) + (month <= 2 ? 1 : 0),
            month,
            (int)(dayOfYear - (((153 * shifted) + 2) / 5) + 1),
            0,
            0,
            0,
            0
        );
    }

    internal static long FloorDivide(long dividend, long divisor) =>
        (dividend / divisor) - (dividend % divisor != 0 && (dividend < 0) != (divisor < 0) ? 1 : 0);

    internal static long FloorModulo(long dividend, long divisor) =>
        dividend - (FloorDivide(dividend, divisor) * divisor);
}
