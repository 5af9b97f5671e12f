using System.Globalization;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;

namespace Godwit.Cli.Output;

/// <summary>Figures and phases in the words people read, the same in every view.</summary>
internal static class Words
{
    internal static string Phase(MigrationPhase phase) =>
        phase switch
        {
            MigrationPhase.Preparing => "preparing",
            MigrationPhase.Copying => "copying",
            MigrationPhase.Applying => "applying changes",
            MigrationPhase.InSync => "in sync",
            MigrationPhase.Finalising => "finalising",
            MigrationPhase.Done => "done",
        };

    /// <summary>The phase as scripts read it.</summary>
    internal static string PhaseName(MigrationPhase phase) =>
        phase switch
        {
            MigrationPhase.Preparing => "preparing",
            MigrationPhase.Copying => "copying",
            MigrationPhase.Applying => "applying",
            MigrationPhase.InSync => "inSync",
            MigrationPhase.Finalising => "finalising",
            MigrationPhase.Done => "done",
        };

    internal static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Bytes(double bytes) =>
        bytes switch
        {
            >= 1e9 => FormattableString.Invariant($"{bytes / 1e9:F2} GB"),
            >= 1e6 => FormattableString.Invariant($"{bytes / 1e6:F1} MB"),
            >= 1e3 => FormattableString.Invariant($"{bytes / 1e3:F0} kB"),
            _ => FormattableString.Invariant($"{bytes:F0} B"),
        };

    internal static string Span(TimeSpan? span) =>
        span switch
        {
            null => "–",
            { Ticks: 0 } => "0 s",
            { TotalSeconds: < 1 } s => FormattableString.Invariant($"{Math.Ceiling(s.TotalMilliseconds)} ms"),
            { TotalSeconds: < 10 } s => FormattableString.Invariant($"{s.TotalSeconds:F1} s"),
            { TotalMinutes: < 2 } s => FormattableString.Invariant($"{s.TotalSeconds:F0} s"),
            { TotalHours: < 2 } s => FormattableString.Invariant($"{s.TotalMinutes:F0} min"),
            { } s => FormattableString.Invariant($"{s.TotalHours:F1} h"),
        };

    /// <summary>What is there of what was estimated; the estimate gives way where there is more.</summary>
    internal static string Copied(MigrationProgress progress)
    {
        var bytes = progress.BytesKept + progress.BytesCopied;
        return $"{Bytes(bytes)} of {Bytes(Math.Max(bytes, progress.BytesEstimated))}";
    }

    internal static string Cluster(Side side) =>
        side switch
        {
            Side.Source => "source",
            Side.Destination => "destination",
            Side.Local => "migrating process",
        };

    /// <summary>What holds reading of the source back; <see langword="null"/> if nothing does.</summary>
    internal static string? Pace(MigrationProgress progress)
    {
        var limits = progress.Limits;
        var slowed =
            progress.ReadShare < 1
                ? $"reading at {Percent(progress.ReadShare)}: the source takes {Span(progress.SourceLatency)} for one document"
                : null;
        return slowed ?? (limits.BytesPerSecond > 0 || limits.DocumentsPerSecond > 0 ? Limits(limits) : null);
    }

    internal static string Limits(ReadLimits limits)
    {
        string[] parts =
        [
            limits.BytesPerSecond > 0 ? $"at most {Bytes(limits.BytesPerSecond)}/s" : "",
            limits.DocumentsPerSecond > 0 ? $"at most {Number(limits.DocumentsPerSecond)} documents/s" : "",
            limits.Latency > TimeSpan.Zero ? $"less while a read takes over {Span(limits.Latency)}" : "",
        ];
        var said = string.Join(", ", parts.Where(part => part.Length > 0));
        return said.Length > 0 ? said : "none";
    }

    internal static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture);
}
