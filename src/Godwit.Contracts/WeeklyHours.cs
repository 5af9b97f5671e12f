using System.Globalization;

namespace Godwit.Contracts;

/// <summary>
/// Times of the week, as people say them: "22:00-06:00" for every day, "Sat,Sun 00:00-24:00" or "Mon-Fri 20:00-06:00" for some. A time that
/// passes midnight belongs to the day it begins on. None at all means always.
/// </summary>
internal sealed class WeeklyHours
{
    private const int MinutesOfDay = 24 * 60;
    private const int MinutesOfWeek = 7 * MinutesOfDay;

    /// <summary>As they are written, Sunday first as in <see cref="DayOfWeek"/>.</summary>
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    private readonly bool[] open = new bool[MinutesOfWeek];

    private WeeklyHours(IReadOnlyList<string> texts)
    {
        Texts = texts;
        foreach (var text in texts)
        {
            Add(text);
        }

        if (texts.Count == 0)
        {
            Array.Fill(open, true);
        }
    }

    /// <summary>As they were said.</summary>
    internal IReadOnlyList<string> Texts { get; }

    /// <summary>The longest time of a week that is outside of them.</summary>
    internal TimeSpan LongestClosed
    {
        get
        {
            // Twice round, since the week has no beginning.
            var (longest, current) = (0, 0);
            for (var minute = 0; minute < 2 * MinutesOfWeek; minute++)
            {
                current = open[minute % MinutesOfWeek] ? 0 : current + 1;
                longest = Math.Max(longest, current);
            }

            return TimeSpan.FromMinutes(Math.Min(longest, MinutesOfWeek));
        }
    }

    /// <exception cref="FormatException">One of them cannot be read.</exception>
    internal static WeeklyHours Parse(IReadOnlyList<string>? texts) => new(texts ?? []);

    /// <summary>Why a text is none; <see langword="null"/> if it is one.</summary>
    internal static string? Problem(string text)
    {
        try
        {
            _ = new WeeklyHours([text]);
            return null;
        }
        catch (FormatException wrong)
        {
            return wrong.Message;
        }
    }

    /// <summary>Whether a moment, as clocks on the wall show it, is within.</summary>
    internal bool Contain(DateTimeOffset local) => open[MinuteOf(local)];

    /// <summary>When they begin next.</summary>
    /// <param name="local">A moment outside of them, as clocks on the wall show it.</param>
    internal DateTimeOffset Next(DateTimeOffset local)
    {
        var minute = MinuteOf(local);
        var left = Enumerable.Range(1, MinutesOfWeek).First(later => open[(minute + later) % MinutesOfWeek]);
        return local.AddSeconds(-local.Second).AddMilliseconds(-local.Millisecond).AddMinutes(left);
    }

    private static int MinuteOf(DateTimeOffset local) =>
        ((int)local.DayOfWeek * MinutesOfDay) + (int)local.TimeOfDay.TotalMinutes;

    private void Add(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var times = parts.Length is 1 or 2 ? parts[^1].Split('-') : [];
        if (times.Length != 2 || TimeOf(times[0]) is not { } from || TimeOf(times[1]) is not { } to || from == to)
        {
            throw new FormatException($"'{text}' are no hours: write them as 22:00-06:00, or Mon-Fri 20:00-06:00");
        }

        foreach (var day in parts.Length == 2 ? DaysOf(parts[0], text) : Enumerable.Range(0, Days.Length))
        {
            var length = to > from ? to - from : to + MinutesOfDay - from;
            for (var minute = 0; minute < length; minute++)
            {
                open[((day * MinutesOfDay) + from + minute) % MinutesOfWeek] = true;
            }
        }
    }

    private static IEnumerable<int> DaysOf(string text, string whole)
    {
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            var (first, last) = (DayOf(ends[0]), DayOf(ends[^1]));
            if (ends.Length > 2 || first < 0 || last < 0)
            {
                throw new FormatException(
                    $"'{whole}' are no hours: days are {string.Join(", ", Days)}, as in Mon-Fri or Sat,Sun"
                );
            }

            for (var day = first; ; day = (day + 1) % Days.Length)
            {
                yield return day;
                if (day == last)
                {
                    break;
                }
            }
        }
    }

    private static int DayOf(string text) =>
        Array.FindIndex(Days, day => day.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static int? TimeOf(string text) =>
        text == "24:00" ? MinutesOfDay
        : TimeOnly.TryParseExact(text, "H:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? (int)time.ToTimeSpan().TotalMinutes
        : null;
}
