namespace Godwit.Bench.NullServers;

/// <summary>What a pair of null servers serves.</summary>
internal sealed record NullOptions
{
    public int Collections { get; init; } = 1;

    /// <summary>Documents of each collection.</summary>
    public long Documents { get; init; }

    public int DocumentBytes { get; init; } = 350;

    /// <summary>Whether the destination has everything already: to verify.</summary>
    public bool IsFilled { get; init; }

    public long Events { get; init; }

    /// <summary>Whether the events are served from the start: to a mover that copies nothing first.</summary>
    public bool AreEventsReleased { get; init; }

    /// <summary>Parts that the source's events are in, each with so many events: change streams that may be read at the same time.</summary>
    public int Streams { get; init; } = 1;

    public EventKeys EventKeys { get; init; }
}

/// <summary>
/// Source and sink in one process, so that one place sees all that goes in and out and can tell when a phase begins and ends.
/// </summary>
internal sealed class NullPair
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);
    private readonly TaskCompletionSource eventsApplied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long written;
    private long relayed;
    private long sourceBytes;
    private long sourceDocuments;
    private long destinationDocuments;
    private long statements;
    private long lastWriteAt;
    private PhaseLog.Sample lastWrite;

    public NullPair(NullOptions options, PhaseLog phases)
    {
        Options = options;
        Phases = phases;
        Collections =
        [
            .. Enumerable
                .Range(0, options.Collections)
                .Select(number => new SyntheticCollection(
                    new("bench", FormattableString.Invariant($"c{number:D5}")),
                    options.Documents,
                    options.DocumentBytes
                )),
        ];
        Feeds =
        [
            .. Enumerable
                .Range(0, options.Streams)
                .Select(part => new EventFeed(
                    Collections[0],
                    options.EventKeys,
                    options.Events,
                    part,
                    options.Streams
                )),
        ];
        if (options.AreEventsReleased)
        {
            Release();
        }
    }

    public NullOptions Options { get; }

    public PhaseLog Phases { get; }

    public NullClock Clock { get; } = new();

    public IReadOnlyList<SyntheticCollection> Collections { get; }

    /// <summary>The events of each part.</summary>
    public IReadOnlyList<EventFeed> Feeds { get; }

    /// <summary>The events of the one part, where one stream is read.</summary>
    public EventFeed Feed => Feeds[0];

    /// <summary>Completes when every event is applied: until then nothing but applying is measured, so the sink's stream keeps silent.</summary>
    public Task EventsApplied => Options.Events == 0 ? Task.CompletedTask : eventsApplied.Task;

    private long TotalDocuments => Options.Collections * Options.Documents;

    private long TotalBytes => TotalDocuments * Options.DocumentBytes;

    public void ReadBegins(bool isSource)
    {
        if (isSource && !Options.IsFilled)
        {
            Phases.Begin("copy");
        }
        else if (!isSource || Options.IsFilled)
        {
            Phases.Begin("verify");
        }
    }

    /// <summary>A batch of documents has been sent.</summary>
    public void HasRead(bool isSource, int documents, int bytes)
    {
        _ = Interlocked.Add(ref isSource ? ref sourceDocuments : ref destinationDocuments, documents);
        _ = Interlocked.Add(ref sourceBytes, isSource ? bytes : 0);
        var wanted = Options.IsFilled ? TotalDocuments : 2 * TotalDocuments;
        if (
            Interlocked.Read(ref destinationDocuments) >= TotalDocuments
            && Interlocked.Read(ref sourceDocuments) >= wanted
        )
        {
            Phases.End("verify", 2 * TotalDocuments, 2 * TotalBytes);
        }
    }

    /// <summary>Statements have been acknowledged, or bytes a relay passed on.</summary>
    public void HasWritten(int count, long relayedBytes)
    {
        if (Phases.HasBegun("apply"))
        {
            _ = Interlocked.Add(ref statements, count);
            lastWrite = Feed.HasMore ? lastWrite : Phases.Take();
            Volatile.Write(ref lastWriteAt, TimeProvider.System.GetTimestamp());
            return;
        }

        var isComplete =
            Interlocked.Add(ref written, count) >= TotalDocuments
            || (
                Interlocked.Add(ref relayed, relayedBytes) >= Interlocked.Read(ref sourceBytes)
                && Interlocked.Read(ref sourceDocuments) >= TotalDocuments
            );
        if (isComplete)
        {
            Phases.End("copy", TotalDocuments, TotalBytes);
            Release();
        }
    }

    private void Release()
    {
        foreach (var feed in Feeds)
        {
            feed.Release();
        }
    }

    /// <summary>The last event is out: when no write has come for a while, the last one was the end.</summary>
    public async Task AwaitQuietAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref lastWriteAt, TimeProvider.System.GetTimestamp());
        while (TimeProvider.System.GetElapsedTime(Volatile.Read(ref lastWriteAt)) is var silence && silence < Quiet)
        {
            await Task.Delay(Quiet - silence, TimeProvider.System, cancellationToken);
        }

        Phases.End("apply", Feed.Served, Feed.BytesServed, Interlocked.Read(ref statements), lastWrite);
        eventsApplied.SetResult();
    }
}
