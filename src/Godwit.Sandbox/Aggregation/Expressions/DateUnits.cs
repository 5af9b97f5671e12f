using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Units in which dates are counted.</summary>
internal enum DateUnit
{
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// <summary>Counts, adds and names units of dates. Local times are milliseconds as if the zone were UTC.</summary>
internal static class DateUnits
{
    private static readonly string[] Days =
    [
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
    ];

    internal static DateUnit Parse(string name, RawValue value, (int NotText, ErrorCode Unknown) codes)
    {
        if (value.Type != BsonType.String)
        {
            throw new CommandException(
                codes.NotText,
                $"{name} requires 'unit' to be a string, but got {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var text = value.AsString;
        return text.Length > 0 && char.IsAsciiLetterLower(text[0]) && Enum.TryParse<DateUnit>(text, true, out var unit)
            ? unit
            : throw new CommandException(
                codes.Unknown,
                $"{name} parameter 'unit' value parsing failed :: caused by :: unknown time unit value: {text}"
            );
    }

    /// <summary>The day a week begins on: Sunday 0 … Saturday 6.</summary>
    internal static int ParseDay(string name, RawValue value)
    {
        if (value.Type != BsonType.String)
        {
            throw new CommandException(
                5439015,
                $"{name} requires 'startOfWeek' to be a string, but got {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var text = value.AsString.ToLowerInvariant();
        var day = Array.FindIndex(Days, full => full == text || full[..3] == text);
        return day >= 0
            ? day
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"{name} parameter 'startOfWeek' value cannot be recognized as a day of a week: {text}"
            );
    }

    /// <summary>How many units have begun since the epoch, up to a local time.</summary>
    internal static long Count(long local, DateUnit unit, int firstDay)
    {
        if (unit <= DateUnit.Month)
        {
            var time = CivilTime.FromMilliseconds(local);
            var months = (time.Year * 12) + time.Month - 1;
            return CivilTime.FloorDivide(months, Months(unit));
        }

        return unit == DateUnit.Week
            ? CivilTime.FloorDivide(CivilTime.FloorDivide(local, CivilTime.MillisecondsPerDay) + 4 - firstDay, 7)
            : CivilTime.FloorDivide(local, Milliseconds(unit));
    }

    /// <summary>The local time at which a counted unit begins.</summary>
    internal static long Start(long count, DateUnit unit, int firstDay)
    {
        if (unit <= DateUnit.Month)
        {
            var months = count * Months(unit);
            return CivilTime.DaysFromCivil(CivilTime.FloorDivide(months, 12), CivilTime.FloorModulo(months, 12) + 1, 1)
                * CivilTime.MillisecondsPerDay;
        }

        return unit == DateUnit.Week
            ? ((count * 7) - 4 + firstDay) * CivilTime.MillisecondsPerDay
            : count * Milliseconds(unit);
    }

    /// <summary>A moment some units later; days and longer keep the local time of day.</summary>
    internal static long Add(long moment, DateUnit unit, long amount, Zone zone)
    {
        try
        {
            return unit switch
            {
                <= DateUnit.Month => zone.FromLocalMilliseconds(
                    zone.ToLocal(moment).AddMonths(checked(amount * Months(unit))).ToMilliseconds()
                ),
                DateUnit.Week or DateUnit.Day => zone.FromLocalMilliseconds(
                    checked(zone.LocalMilliseconds(moment) + (amount * Milliseconds(unit)))
                ),
                _ => checked(moment + (amount * Milliseconds(unit))),
            };
        }
        catch (OverflowException)
        {
            throw new CommandException(5166406, "$dateAdd overflowed");
        }
    }

    private static int Months(DateUnit unit) =>
        unit switch
        {
            DateUnit.Year => 12,
            DateUnit.Quarter => 3,
            _ => 1,
        };

    private static long Milliseconds(DateUnit unit) =>
        unit switch
        {
            DateUnit.Week => 7 * CivilTime.MillisecondsPerDay,
            DateUnit.Day => CivilTime.MillisecondsPerDay,
            DateUnit.Hour => 3_600_000,
            DateUnit.Minute => 60_000,
            DateUnit.Second => 1000,
            _ => 1,
        };
}
