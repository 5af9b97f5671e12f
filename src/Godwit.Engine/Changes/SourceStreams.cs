using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;
using Godwit.Engine.Spooling;
using Microsoft.Extensions.Logging;

namespace Godwit.Engine.Changes;

/// <summary>
/// The source's change streams on their way into the buffer, as many as the rate of its changes needs (S10). Another number of them is opened beside those that
/// are followed, at the place where these are; then these end behind a whole event, and the others leave out what went on already.
/// </summary>
/// <param name="source">The source.</param>
/// <param name="clock">How far the source is.</param>
/// <param name="counters">Told how many there are.</param>
/// <param name="shared">Those that other hosts may carry; <see langword="null"/> for none.</param>
/// <param name="choice">How many there should be; <see langword="null"/> for no other number than are open.</param>
/// <param name="retry">How long faults are waited out.</param>
/// <param name="settings">How long streams wait for events, and how often their number is looked at.</param>
/// <param name="logger">Told of each change of their number.</param>
internal sealed partial class SourceStreams(
    ISourceCluster source,
    SourceClock clock,
    Counters counters,
    SharedChanges? shared,
    Func<int, StreamLoad, int>? choice,
    RetryPolicy retry,
    MigrationSettings settings,
    ILogger logger
)
{
    private readonly StreamStarter starter = new(source, retry, settings);

    /// <summary>Follows them until cancelled.</summary>
    /// <param name="opened">The streams as they were opened.</param>
    /// <param name="buffer">Takes the events.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task RunAsync(OpenedStream opened, EventBuffer buffer, CancellationToken cancellationToken)
    {
        var (parts, start, handed) = (opened.Parts, opened.Position, new HandedOn(opened.After, RawDocument.Empty));
        while (true)
        {
            counters.ChangeStreams = parts.Count;
            await using var streams = Follow(parts, start, handed);
            using var ending = new CancellationTokenSource();
            using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var running = streams.RunAsync(buffer, ending.Token, failing.Token);
            parts = [];
            try
            {
                (parts, start) = await UntilOthersAsync(streams, running, start, cancellationToken);
                await ending.CancelAsync();
                await running;
            }
            catch
            {
                await failing.CancelAsync();
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await Follow(parts, start, handed).DisposeAsync();
                throw;
            }

            LogOthers(streams.Count, parts.Count, streams.Handed.Last);
            handed = streams.Handed;
        }
    }

    private StreamSet Follow(IReadOnlyList<OpenedPart> parts, ClusterTime start, HandedOn begin) =>
        new(
            shared is null ? source.OpenChangesAsync : shared.OpenAsync,
            shared is null
                ? parts
                : [.. parts.Select(part => part with { Stream = shared.Watch(part.Stream, part.Part) })],
            start,
            begin,
            retry,
            settings
        );

    /// <summary>Others, opened where these are by now, once there should be more or fewer.</summary>
    private async Task<(IReadOnlyList<OpenedPart> Parts, ClusterTime Start)> UntilOthersAsync(
        StreamSet streams,
        Task running,
        ClusterTime start,
        CancellationToken cancellationToken
    )
    {
        while (choice is not null)
        {
            var (since, brought, waited) = (retry.Time.GetTimestamp(), streams.Brought, streams.Waited);
            var pause = Task.Delay(settings.StreamsWatchEvery, retry.Time, cancellationToken);
            if (await Task.WhenAny(running, pause) == running)
            {
                break;
            }

            await pause;
            var elapsed = retry.Time.GetElapsedTime(since);
            var reading = streams.Waited.Zip(waited, (now, then) => (now - then) / elapsed).Max();
            var at = streams.Handed.Position is { IsEmpty: false } token ? ResumeToken.TimeOf(token) : start;
            var lag = TimeSpan.FromSeconds(Math.Max(0, (long)clock.Known.Seconds - at.Seconds));
            var wanted = choice(streams.Count, new(elapsed, lag, reading, streams.Brought - brought));
            if (wanted == streams.Count)
            {
                continue;
            }

            try
            {
                return (await starter.StartAsync(wanted, null, at, cancellationToken), at);
            }
            catch (ClusterException fault)
            {
                // Those that are followed may still be open where no other can begin any more.
                LogRefused(streams.Count, wanted, fault.Message);
            }
        }

        await running;
        throw new InvalidOperationException("Streams that were not to end have ended.");
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "The source's changes are read by {Now} streams, {Before} before, after {Last}"
    )]
    private partial void LogOthers(int before, int now, RawDocument last);

    [LoggerMessage(2, LogLevel.Warning, "The source's changes stay with {Before} streams, not {Wanted}: {Reason}")]
    private partial void LogRefused(int before, int wanted, string reason);
}
