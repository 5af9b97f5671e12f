using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Verifying;
using Microsoft.Extensions.Logging;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// One life of a migration: 1. takes the epoch and fences the past; 2. opens the change stream and saves its start; 3. lists and creates;
/// 4. runs all workers until cutover, pause, cancellation or the first failure, which stops them all.
/// </summary>
internal sealed partial class MigrationRun(
    MigrationSettings settings,
    ISourceCluster source,
    IDestinationCluster destination,
    IDeltaTranslator translator,
    TimeProvider time,
    RetryPolicy retry,
    MigrationRequests requests,
    ILogger logger
)
{
    private const int MetadataSlot = 0;
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(250);
    private readonly VerificationBook book = new();
    private readonly Pulse checkpointWanted = new();
    private readonly TokenHistory tokens = new();
    private volatile SyncState? state;
    private volatile Verifier? verifier;
    private volatile DifferenceLog? log;
    private SourceClock? clock;
    private volatile bool isDestinationOpen;
    private MigrationPhase phase = MigrationPhase.Preparing;

    private int SlotCount => 1 + settings.Lanes + settings.Copiers;

    internal async Task<MigrationReport> RunAsync(CancellationToken cancellationToken)
    {
        var identity = await retry.RunAsync(source.IdentifyAsync, cancellationToken);
        var tenure = await Tenure.TakeAsync(destination, SlotCount, identity, retry, time, cancellationToken);
        using var store = new ReservedStore(destination, tenure.Slots, MetadataSlot, retry);
        if (tenure.Journal.State == CommitState.Committed)
        {
            return await ReportAsync(tenure, null, MigrationOutcome.Committed, cancellationToken);
        }

        if (tenure.IsCutoverAskedFor)
        {
            requests.RequestCutover();
        }

        var saved = await SavedProgress.ReadAsync(store, cancellationToken);
        LogTakenUp(tenure.MigrationId, tenure.Slots.Epoch, saved.Mappings.Count);
        var (stream, first, position) = await OpenAsync(tenure, saved, identity, cancellationToken);
        var ceiling = ClusterTime.Max(position, saved.Position?.Ceiling ?? position);
        state = new(new(position, ceiling), settings.Lanes, firstLaneSlot: 1);
        var keeper = new CatalogueKeeper(state, source, destination, store, saved, retry);
        log = new(settings.HealingsMax, time);
        var watcher = new DestinationWatcher(state, destination, book, retry, settings);
        var barrier = new AlignedBarrier(source, retry);
        clock = new(source, time);
        verifier = new(state, source, destination, barrier, book, watcher, log, retry, settings, time);
        var cutover = new CutoverRunner(
            state,
            source,
            destination,
            keeper,
            verifier,
            store,
            retry,
            settings,
            time,
            tenure.Journal
        );
        var checkpoints = new CheckpointWriter(state, store, tokens, checkpointWanted, settings, time);
        if (tenure.Journal.State == CommitState.Decided)
        {
            await stream.DisposeAsync();
            return await FinishAsync(tenure, cutover, cancellationToken);
        }

        await cutover.TakeOverAsync(cancellationToken);
        await checkpoints.SaveAsync(cancellationToken);
        await keeper.ReconcileAsync(cancellationToken);
        using var workers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reader = new ChangeReader(
            state,
            source,
            keeper,
            barrier,
            tokens,
            retry,
            new(settings.EventBytesMax),
            settings
        );
        List<Task> running =
        [
            Start(token => reader.RunAsync(stream, first, position, token), workers),
            Start(checkpoints.RunAsync, workers),
            Start(new Rereader(state, source, clock, retry).RunAsync, workers),
            Start(watcher.RunAsync, workers),
            Start(verifier.RunAsync, workers),
            .. StartLanes(tenure.Slots, workers),
            .. StartCopiers(tenure.Slots, workers),
        ];
        try
        {
            var steering = SteerAsync(tenure, store, cutover, barrier, checkpoints, workers.Token);
            await await Task.WhenAny([steering, .. running]);
            var outcome = await steering;
            return await ReportAsync(tenure, cutover, outcome, cancellationToken);
        }
        finally
        {
            await workers.CancelAsync();
            await Task.WhenAll(running)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>A picture of the moment.</summary>
    internal MigrationProgress Progress()
    {
        if (state is not { } now)
        {
            return new() { Phase = phase };
        }

        lock (now.Gate)
        {
            var ranges = now.Collections.Sum(one => one.Ranges?.Ranges.Count ?? 1);
            var lag = clock is { } known ? (long)known.Known.Seconds - now.Router.Frontier.Seconds : 0;
            return new()
            {
                Phase = phase,
                CanCommit = phase == MigrationPhase.InSync,
                IsDestinationOpen = isDestinationOpen,
                Collections = [.. now.Collections.Select(Progress)],
                DocumentsCopied = now.Counters.DocumentsCopied,
                BytesCopied = now.Counters.BytesCopied,
                BytesEstimated = now.Collections.Sum(one => one.Estimate.Bytes),
                EventsApplied = now.Counters.ChangesApplied,
                EventsWaiting = now.Router.Outstanding.Count,
                Lag = TimeSpan.FromSeconds(Math.Max(0, lag)),
                DocumentsVerified = now.Counters.DocumentsCompared,
                VerifiedShare = ranges == 0 ? 1 : Math.Min(1.0, (double)book.VerifiedRanges / ranges),
                Differences = log?.Differences.Count ?? 0,
                Healed = log?.Healed ?? 0,
            };
        }
    }

    private CollectionProgress Progress(FollowedCollection one) =>
        new(
            one.Source.Name,
            one.Estimate.Documents,
            one.DocumentsCopied,
            one.Estimate.Bytes,
            one.BytesCopied,
            one.IsCopied,
            one.Ranges is { } table && table.Ranges.All(book.IsVerified)
        );

    /// <summary>Opens the stream at the saved token, or at the present for a new migration, and reads its first batch (S4).</summary>
    private async Task<(IChangeStream Stream, ChangeBatch First, ClusterTime Position)> OpenAsync(
        Tenure tenure,
        SavedProgress saved,
        ClusterIdentity identity,
        CancellationToken cancellationToken
    )
    {
        HistoryCheck.Require(tenure.SourceBefore, identity);
        var floor = saved.Position?.Floor;
        var request = new ChangeStreamRequest(
            saved.Token,
            saved.Token.IsEmpty ? floor : null,
            false,
            settings.ChangeAwaitTime
        );
        try
        {
            return await retry.RunAsync(
                async token =>
                {
                    var stream = await source.OpenChangesAsync(request, token);
                    try
                    {
                        var first = await stream.NextAsync(token);
                        var start = ResumeToken.TimeOf(first.PostBatchResumeToken).Previous();
                        return (stream, first, floor ?? start);
                    }
                    catch (ClusterException)
                    {
                        await stream.DisposeAsync();
                        throw;
                    }
                },
                cancellationToken
            );
        }
        catch (ClusterException fault) when (fault.Kind == FaultKind.HistoryLost)
        {
            throw HistoryCheck.Lost(fault);
        }
    }

    /// <summary>Watches phases and requests until there is nothing more to do.</summary>
    private async Task<MigrationOutcome> SteerAsync(
        Tenure tenure,
        ReservedStore store,
        CutoverRunner cutover,
        AlignedBarrier barrier,
        CheckpointWriter checkpoints,
        CancellationToken cancellationToken
    )
    {
        for (var looks = 0; ; looks++)
        {
            var asked = requests.Changed.Next;
            UpdatePhase();
            if (requests.IsPauseRequested)
            {
                await barrier.RunAsync(ClusterTime.Zero, (_, token) => checkpoints.SaveAsync(token), cancellationToken);
                return MigrationOutcome.Paused;
            }

            if (phase == MigrationPhase.InSync && (settings.CutoverAutomatic || requests.IsCutoverRequested))
            {
                await CutOverAsync(cutover, cancellationToken);
                return MigrationOutcome.Committed;
            }

            if (looks % 4 == 3)
            {
                await HearAsync(tenure, store, cancellationToken);
            }

            _ = await Task.WhenAny(asked, Task.Delay(WatchEvery, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task CutOverAsync(CutoverRunner cutover, CancellationToken cancellationToken)
    {
        phase = MigrationPhase.Finalising;
        await cutover.DecideAsync(cancellationToken);
        isDestinationOpen = true;
        LogDecided(cutover.Downtime.TotalMilliseconds);
        await cutover.FinishAsync(cancellationToken);
        if (!settings.BlockSourceWrites)
        {
            await Task.Delay(settings.LateWriteWatch, time, cancellationToken);
        }

        phase = MigrationPhase.Done;
    }

    private async Task<MigrationReport> FinishAsync(
        Tenure tenure,
        CutoverRunner cutover,
        CancellationToken cancellationToken
    )
    {
        phase = MigrationPhase.Finalising;
        await cutover.FinishAsync(cancellationToken);
        phase = MigrationPhase.Done;
        return await ReportAsync(tenure, cutover, MigrationOutcome.Committed, cancellationToken);
    }

    /// <summary>Takes in what other processes ask for, and whether this one still holds the migration.</summary>
    private async Task HearAsync(Tenure tenure, ReservedStore store, CancellationToken cancellationToken)
    {
        var documents = await store.ReadAsync(ReservedStore.Migration, cancellationToken);
        var current = documents.FirstOrDefault(one => one["_id"].AsString == ReservedStore.StateId);
        if (current.IsEmpty || current["epoch"].AsInt64 != tenure.Slots.Epoch)
        {
            throw new ClusterException(
                Side.Destination,
                Stage.Checkpoint,
                FaultKind.Fenced,
                "another process has taken over this migration"
            );
        }

        if (current[Tenure.CutoverAsked].IsTruthy())
        {
            requests.RequestCutover();
        }

        if (current[Tenure.PauseAsked].IsTruthy())
        {
            requests.RequestPause();
        }
    }

    private void UpdatePhase()
    {
        var now = state!;
        lock (now.Gate)
        {
            var next =
                !now.IsCopied ? MigrationPhase.Copying
                : verifier!.IsProven ? MigrationPhase.InSync
                : MigrationPhase.Applying;
            if (next != phase)
            {
                LogPhase(next);
                phase = next;
            }
        }
    }

    private IEnumerable<Task> StartLanes(WriteSlots slots, CancellationTokenSource workers) =>
        state!.Lanes.Select(lane =>
            Start(new ApplyLane(lane, state, destination, slots, translator, retry, checkpointWanted).RunAsync, workers)
        );

    private IEnumerable<Task> StartCopiers(WriteSlots slots, CancellationTokenSource workers)
    {
        var budget = new ByteBudget(settings.CopyBytesMax);
        for (var number = 0; number < settings.Copiers; number++)
        {
            var writer = new RangeWriter(destination, slots, 1 + settings.Lanes + number, retry);
            yield return Start(
                new RangeCopier(state!, source, writer, clock!, retry, budget, settings).RunAsync,
                workers
            );
        }
    }

    /// <summary>Starts a worker; the first that fails stops all.</summary>
    private static Task Start(Func<CancellationToken, Task> worker, CancellationTokenSource workers) =>
        Task.Run(() => worker(workers.Token), workers.Token);

    private async Task<MigrationReport> ReportAsync(
        Tenure tenure,
        CutoverRunner? cutover,
        MigrationOutcome outcome,
        CancellationToken cancellationToken
    )
    {
        var there = await retry.RunAsync(source.IdentifyAsync, cancellationToken);
        var here = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        return ReportWriter.Write(tenure, cutover, outcome, there, here, state, verifier, log, time);
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Migration {Migration} taken up in epoch {Epoch} with {Collections} collections known"
    )]
    private partial void LogTakenUp(Guid migration, long epoch, int collections);

    [LoggerMessage(2, LogLevel.Information, "Phase {Phase} reached")]
    private partial void LogPhase(MigrationPhase phase);

    [LoggerMessage(3, LogLevel.Information, "Cutover decided after {Milliseconds} ms")]
    private partial void LogDecided(double milliseconds);
}
