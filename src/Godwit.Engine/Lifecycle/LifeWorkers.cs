using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Pacing;
using Godwit.Engine.Remote;
using Godwit.Engine.Reporting;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Runs all workers of one life until its steering ends or the first of them fails, which stops them all. Each that writes has a slot of
/// its own: the first is the metadata's, then come the lanes', then the copiers'.
/// </summary>
/// <param name="context">What it is given.</param>
/// <param name="life">Its parts.</param>
/// <param name="slots">The slots.</param>
/// <param name="facilities">Those found on both sides.</param>
/// <param name="followsRate">Whether there are as many change streams as the rate of changes needs.</param>
internal sealed class LifeWorkers(
    LifeContext context,
    LifeParts life,
    WriteSlots slots,
    Facilities facilities,
    bool followsRate
)
{
    internal const int MetadataSlot = 0;
    internal const int FirstLaneSlot = 1;

    private readonly MigrationSettings settings = context.Settings;

    internal static int SlotCount(MigrationSettings settings) =>
        FirstCopierSlot(settings) + settings.Copiers + RemoteCopiers(settings);

    internal async Task<MigrationOutcome> RunAsync(
        OpenedStream opened,
        StreamSpool? spool,
        CancellationToken cancellationToken
    )
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var shared = settings.ChangeHosts is { } hosts
            ? new SharedChanges(hosts, context.Source, facilities.Source.ToDocument(), life.State)
            : null;
        var streams = new SourceStreams(
            context.Source,
            life.Clock,
            life.State.Counters,
            shared,
            followsRate ? settings.StreamChoice ?? new StreamChoice(settings.ChangeStreamsMax).Judge : null,
            context.Retry,
            settings,
            context.Logger
        );
        var buffer = new EventBuffer(new(settings.EventBytesMax), spool);
        var reader = new ChangeReader(
            life.State,
            buffer,
            life.Keeper,
            life.Barrier,
            life.Tokens,
            settings.Scope,
            opened.Position
        );
        var rereads = new ByteBudget(settings.RereadBytesMax);
        var rereader = new Rereader(life.State, context.Source, life.Clock, context.Retry, rereads);
        List<Task> running =
        [
            Start(stop => streams.RunAsync(opened, buffer, stop), stopping),
            Start(reader.RunAsync, stopping),
            Start(life.Checkpoints.RunAsync, stopping),
            Start(rereader.RunAsync, stopping),
            Start(life.Watcher.RunAsync, stopping),
            Start(life.Verifier.RunAsync, stopping),
            Start(life.Changer.RunAsync, stopping),
            Start(new Relister(life.State, life.Barrier, life.Keeper, context.Retry).RunAsync, stopping),
            Start(Probe().RunAsync, stopping),
            Start(token => facilities.WatchAsync(settings.ReleaseWatchEvery, token), stopping),
            .. Lanes(shared).Select(lane => Start(lane.RunAsync, stopping)),
            .. Copiers().Select(copier => Start(copier.RunAsync, stopping)),
            .. Tickers().Select(ticker => Start(ticker.RunAsync, stopping)),
        ];
        var watching = Start(life.Gauge.RunAsync, stopping);
        var steering = life.Steering.RunAsync(stopping.Token);
        try
        {
            await await Task.WhenAny([steering, .. running]);
            return await steering;
        }
        finally
        {
            await stopping.CancelAsync();
            // A cutover that was under way gives itself up before anybody else comes.
            await Task.WhenAll([steering, watching, .. running]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await (shared?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static int RemoteCopiers(MigrationSettings settings) => settings.Hosts is null ? 0 : settings.RemoteCopiers;

    private static int FirstCopierSlot(MigrationSettings settings) => FirstLaneSlot + settings.Lanes;

    private IEnumerable<ApplyLane> Lanes(SharedChanges? shared) =>
        life.State.Lanes.Select(lane => new ApplyLane(
            lane,
            life.State,
            context.Destination,
            slots,
            context.Retry,
            life.CheckpointWanted,
            shared
        ));

    private IEnumerable<RangeCopier> Copiers()
    {
        var (source, destination, retry) = (context.Source, context.Destination, context.Retry);
        var budget = new ByteBudget(settings.CopyBytesMax);
        var waited = new ByteBudget(settings.WaitingBytesMax);
        var planner = new RangePlanner(life.State, source, retry, settings);
        for (var number = 0; number < settings.Copiers + RemoteCopiers(settings); number++)
        {
            // Documents that another host moves are not in the memory of this one.
            var isOwn = number < settings.Copiers;
            var writer = new RangeWriter(destination, slots, FirstCopierSlot(settings) + number, retry);
            var aligner = new RangeAligner(source, destination, writer, life.Pacer, retry);
            yield return new(
                life.State,
                planner,
                writer,
                aligner,
                isOwn ? life.Hands.Own : life.Hands.Others!,
                life.Clock,
                context.Notices,
                retry,
                isOwn ? budget : null,
                waited
            );
        }
    }

    private SourceProbe Probe() => new(life.State, context.Source, life.Clock, life.Pacer, context.Time);

    /// <summary>One for a sharded source; a replica set's stream moves by itself.</summary>
    private IEnumerable<SourceTicker> Tickers() =>
        life.State.IsSourceSharded ? [new(life.State, context.Source, life.Clock, context.Retry)] : [];

    private static Task Start(Func<CancellationToken, Task> worker, CancellationTokenSource stopping) =>
        Task.Run(() => worker(stopping.Token), stopping.Token);
}
