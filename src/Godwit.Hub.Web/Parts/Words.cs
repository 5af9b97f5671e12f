using System.Globalization;

namespace Godwit.Hub.Web.Parts;

/// <summary>Figures in the units people read.</summary>
internal static class Words
{
    private static readonly string[] Sizes = ["B", "kB", "MB", "GB", "TB", "PB"];

    internal static string Number(long value) =>
        value.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    internal static string Bytes(double bytes)
    {
        var size = 0;
        for (; bytes >= 1000 && size < Sizes.Length - 1; size++)
        {
            bytes /= 1000;
        }

        var format =
            size == 0 || bytes >= 100 ? "0"
            : bytes >= 10 ? "0.0"
            : "0.00";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)}\u00a0{Sizes[size]}";
    }

    /// <summary>What a host lets itself be asked for, as far as it is bound.</summary>
    internal static string Limits(Contracts.Agents.ReportedLimits limits) =>
        string.Join(
            "; ",
            new[]
            {
                limits.Destinations.Count > 0 ? $"destinations {string.Join(", ", limits.Destinations)}" : "",
                limits.Organizations.Count > 0 ? $"organizations {string.Join(", ", limits.Organizations)}" : "",
                limits.AuthorityFolder is { } folder ? $"CA files from {folder}" : "",
                limits.MegabytesPerSecond > 0 ? $"at most {limits.MegabytesPerSecond}\u00a0MB/s" : "",
                limits.DocumentsPerSecond > 0 ? $"at most {Number(limits.DocumentsPerSecond)}\u00a0documents/s" : "",
                limits.Hours.Count > 0 ? $"copies at {string.Join(", ", limits.Hours)}" : "",
            }.Where(one => one.Length > 0)
        );

    internal static string Rate(double perSecond) =>
        perSecond >= 10_000
            ? $"{(perSecond / 1000).ToString("0.0", CultureInfo.InvariantCulture)}\u00a0k/s"
            : $"{perSecond.ToString(perSecond >= 100 ? "0" : "0.#", CultureInfo.InvariantCulture)}\u00a0/s";

    internal static string Percent(double share) =>
        $"{Math.Floor(Math.Clamp(share, 0, 1) * 100).ToString(CultureInfo.InvariantCulture)}\u00a0%";

    internal static string Span(TimeSpan span) =>
        span < TimeSpan.FromSeconds(1) ? $"{Math.Max(0, span.TotalMilliseconds):0}\u00a0ms"
        : span < TimeSpan.FromMinutes(1)
            ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#}\u00a0s")
        : span < TimeSpan.FromHours(1) ? $"{(int)span.TotalMinutes}\u00a0min {span.Seconds}\u00a0s"
        : span < TimeSpan.FromDays(2) ? $"{(int)span.TotalHours}\u00a0h {span.Minutes}\u00a0min"
        : span.Hours == 0 ? $"{(int)span.TotalDays}\u00a0days"
        : $"{(int)span.TotalDays}\u00a0days {span.Hours}\u00a0h";

    /// <summary>A countdown, every second of it: 119:59:58.</summary>
    internal static string Clock(TimeSpan span) =>
        span < TimeSpan.Zero ? "0:00:00" : $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}";

    internal static string Ago(TimeSpan span) =>
        span < TimeSpan.FromSeconds(20) ? "just now"
        : span < TimeSpan.FromMinutes(1) ? $"{span.Seconds} s ago"
        : span < TimeSpan.FromHours(1) ? $"{(int)span.TotalMinutes} min ago"
        : span < TimeSpan.FromDays(2) ? $"{(int)span.TotalHours} h ago"
        : $"{(int)span.TotalDays} days ago";

    internal static string Time(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("d MMM yyyy, HH:mm:ss", CultureInfo.InvariantCulture);

    internal static string ShortTime(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("d MMM, HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A constant such as LIVE_MIGRATION_PAUSED as a sentence would have it.</summary>
    internal static string Sentence(string constant)
    {
        var words = constant.Replace('_', ' ').Replace('-', ' ').ToLowerInvariant();
        return words.Length == 0 ? "" : $"{char.ToUpperInvariant(words[0])}{words[1..]}";
    }
}
