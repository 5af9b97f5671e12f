using Godwit.Engine.Preflight;

namespace Godwit.Engine.Rehearsing;

/// <summary>
/// What a migration is likely to take, from what a source holds and was seen to do (H11). The destination is assumed to write as fast as the source reads;
/// a run of it tells better.
/// </summary>
/// <param name="DataBytes">Bytes of documents.</param>
/// <param name="Copy">The copy.</param>
/// <param name="Comparison">The first comparison of everything, after the copy.</param>
/// <param name="KeepsUp">Whether changes come slower than they can be applied.</param>
/// <param name="WindowNeeded">How far back the source's oplog should reach: a migration that stops has to be run again within that time.</param>
/// <param name="OplogBytesNeeded">The oplog's size for that at the present rate; <see langword="null"/> where it is not known.</param>
/// <param name="DestinationBytes">Room on the destination's disk.</param>
/// <param name="Downtime">From the last write on the source to the first on the destination.</param>
internal sealed record Forecast(
    long DataBytes,
    TimeSpan Copy,
    TimeSpan Comparison,
    bool KeepsUp,
    TimeSpan WindowNeeded,
    long? OplogBytesNeeded,
    long DestinationBytes,
    TimeSpan Downtime
)
{
    /// <summary>Bytes per second where nothing could be read to measure it.</summary>
    private const double UsualBytesPerSecond = 40e6;

    /// <summary>What applying a change costs, in bytes of copying per byte of its event: it is one of many small statements.</summary>
    private const double ApplyingCost = 4;

    /// <summary>Changes that can take so much of the work leave a copy that ends.</summary>
    private const double LoadMax = 0.95;

    private const double KeysComparedPerSecond = 20_000;
    private static readonly TimeSpan ShortestUsefulWindow = TimeSpan.FromHours(1);
    private static readonly TimeSpan Decision = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OneIndex = TimeSpan.FromMilliseconds(20);

    /// <summary>From the start until it waits in sync.</summary>
    internal TimeSpan UntilInSync => Copy + Comparison;

    /// <param name="namespaces">What is migrated.</param>
    /// <param name="sample">What the source was seen to do.</param>
    /// <param name="window">How far its oplog reaches back.</param>
    /// <param name="oplogBytesMax">How large that may be.</param>
    internal static Forecast Of(
        IReadOnlyCollection<NamespaceFacts> namespaces,
        SourceSample sample,
        TimeSpan? window,
        long? oplogBytesMax
    )
    {
        var bytes = namespaces.Sum(one => one.DataBytes);
        var rate = sample.BytesPerSecond > 0 ? sample.BytesPerSecond : UsualBytesPerSecond;
        var load = ApplyingCost * sample.EventBytesPerSecond / rate;
        var once = TimeSpan.FromSeconds(bytes / rate / (1 - Math.Min(LoadMax, load)));
        var needed = TimeSpan.FromTicks(Math.Max(2 * once.Ticks, ShortestUsefulWindow.Ticks));
        return new(
            bytes,
            once,
            once,
            load < LoadMax,
            needed,
            window is { TotalSeconds: > 0 } held && oplogBytesMax is { } size
                ? (long)(size * (needed.TotalSeconds / held.TotalSeconds))
                : null,
            namespaces.Sum(one => one.StorageBytes) * 12 / 10,
            (3 * sample.Delay)
                + Decision
                + (sample.UniqueIndexes * OneIndex)
                + TimeSpan.FromSeconds(sample.EventsPerSecond / KeysComparedPerSecond)
        );
    }
}
