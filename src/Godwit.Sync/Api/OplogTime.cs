using System.Globalization;

namespace Godwit.Sync.Api;

/// <summary>How long the source's oplog lasts, in the words mongosync has for it.</summary>
internal static class OplogTime
{
    private const int HoursMax = 72;
    private const int MinutesStep = 15;

    internal static string Describe(TimeSpan? left) =>
        left switch
        {
            null => "not checked yet",
            { TotalHours: > HoursMax } => $"more than {HoursMax.ToString(CultureInfo.InvariantCulture)} hours",
            { TotalHours: >= 2 } some => Count((int)some.TotalHours, "hours"),
            { TotalHours: >= 1 } => "1 hour",
            { TotalMinutes: >= MinutesStep } some => Count(
                (int)some.TotalMinutes / MinutesStep * MinutesStep,
                "minutes"
            ),
            _ => $"less than {Count(MinutesStep, "minutes")}",
        };

    private static string Count(int number, string unit) => $"{number.ToString(CultureInfo.InvariantCulture)} {unit}";
}
