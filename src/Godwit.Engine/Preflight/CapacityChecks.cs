using System.Globalization;

namespace Godwit.Engine.Preflight;

/// <summary>Whether there is room: history on the source, disk on the destination (C08, C10).</summary>
internal static class CapacityChecks
{
    private const double Gigabyte = 1024d * 1024 * 1024;
    private static readonly TimeSpan ShortestUsefulWindow = TimeSpan.FromHours(1);

    /// <summary>
    /// Copied ranges need no history, so the oplog has to cover only how far applying can fall behind (S5); a window
    /// shorter than the whole copy is still worth a word, since a stopped migration must be resumed within it.
    /// </summary>
    internal static Finding OplogWindow(ClusterFacts source, PreflightOptions options)
    {
        const string id = "oplog-window";
        if (source.SilentShards.Count > 0)
        {
            return Finding.Warning(
                id,
                $"The oplogs of these shards of the source could not be read, so how long a pause may last is not known: {string.Join("; ", source.SilentShards)}.",
                "Let this host reach the shards' members, and create the user on each shard too (roles clusterMonitor and backup); or watch the oplogs by other means."
            );
        }

        if (source.OplogWindow is not { } window)
        {
            return Finding.Warning(
                id,
                "The source's oplog could not be read, so how long a pause may last is not known.",
                "Grant the user read on the local database (role backup)."
            );
        }

        var copy = EstimateCopy(source, options);
        return window < copy && window < ShortestUsefulWindow
            ? Finding.Warning(
                id,
                $"The source's oplog holds {Text(window)} of writes at their present rate; the copy is estimated at {Text(copy)}. A pause longer than the window means an aligned compare of everything.",
                Advice(source, window, copy)
            )
            : Finding.Passed(
                id,
                $"The source's oplog holds {Text(window)} of writes at their present rate; the copy is estimated at {Text(copy)}."
            );
    }

    /// <summary>What an earlier run has written already needs no room any more.</summary>
    internal static Finding Disk(ClusterFacts source, ClusterFacts destination, bool isResumed)
    {
        const string id = "disk-destination";
        var there = isResumed ? destination.Namespaces.Sum(n => n.StorageBytes) : 0;
        var needed = Math.Max(0, (source.Namespaces.Sum(n => n.StorageBytes) * 12 / 10) - there);
        return destination.FreeDiskBytes switch
        {
            null => Finding.Passed(
                id,
                $"The destination's free disk space is not reported; about {Megabytes(needed)} MB are needed."
            ),
            { } free when free < needed => Finding.Failed(
                id,
                $"The destination has {Megabytes(free)} MB free; about {Megabytes(needed)} MB are needed.",
                "Give the destination a larger disk."
            ),
            { } free => Finding.Passed(
                id,
                $"The destination has {Megabytes(free)} MB free; about {Megabytes(needed)} MB are needed."
            ),
        };
    }

    /// <summary>A smaller destination takes what the source was made for, and the migration besides (B13). Advice: nobody is kept from it.</summary>
    internal static Finding Size(ClusterFacts source, ClusterFacts destination)
    {
        const string id = "size-destination";
        if (
            source is not { MemoryBytes: { } memory, Processors: { } processors }
            || destination is not { MemoryBytes: { } memoryThere, Processors: { } processorsThere }
        )
        {
            return Finding.Passed(
                id,
                "Memory and processors of both sides are not reported, so they are not compared."
            );
        }

        var compared = FormattableString.Invariant(
            $"The destination's members have {memoryThere / Gigabyte:F1} GB of memory and {processorsThere} processors, the source's {memory / Gigabyte:F1} GB and {processors}."
        );
        return memoryThere < memory || processorsThere < processors
            ? Finding.Warning(
                id,
                compared,
                "Size the destination up for the time of the migration: not below the source, better two sizes above it; size it down once applications have settled there."
            )
            : Finding.Passed(id, compared);
    }

    private static TimeSpan EstimateCopy(ClusterFacts source, PreflightOptions options) =>
        TimeSpan.FromSeconds((double)source.Namespaces.Sum(n => n.DataBytes) / options.ExpectedBytesPerSecond);

    private static string Advice(ClusterFacts source, TimeSpan window, TimeSpan copy)
    {
        if (source.OplogBytesMax is not { } bytes || window <= TimeSpan.Zero)
        {
            return "Enlarge the oplog: db.adminCommand({replSetResizeOplog: 1, size: <megabytes>}) on every member.";
        }

        var wanted = bytes * Math.Max(copy.TotalSeconds, ShortestUsefulWindow.TotalSeconds) / window.TotalSeconds;
        return $"Enlarge the oplog on every member: db.adminCommand({{replSetResizeOplog: 1, size: {Megabytes((long)wanted + 1_000_000)}}})";
    }

    private static string Megabytes(long bytes) => (bytes / 1_000_000).ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan span) =>
        span.TotalHours >= 1
            ? FormattableString.Invariant($"{span.TotalHours:F1} h")
            : FormattableString.Invariant($"{Math.Max(1, span.TotalMinutes):F0} min");
}
