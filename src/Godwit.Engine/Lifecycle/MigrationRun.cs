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
using Godwit.Engine.Spooling;
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
    TimeProvider time,
    RetryPolicy retry,
    MigrationRequests requests,
    Notices notices,
    ILogger logger
)
{
    private const int MetadataSlot = 0;
    private readonly VerificationBook book = new();
    private readonly Pulse checkpointWanted = new();
    private readonly TokenHistory tokens = new();
    private bool isBlockPossible;
    private volatile LifeParts? parts;

    private int SlotCount => 1 + settings.Lanes + settings.Copiers;

    internal async Task<MigrationReport> RunAsync(CancellationToken cancellationToken)
    {
        var identity = await retry.RunAsync(source.IdentifyAsync, cancellationToken);
        var tenure = await Tenure.TakeAsync(destination, SlotCount, identity, retry, time, cancellationToken);
        var here = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        using var store = new ReservedStore(destination, tenure.Slots, MetadataSlot, retry);
        var reports = new ReportWriter(
            tenure,
            Name(settings.SourceAddress, identity),
            Name(settings.DestinationAddress, here),
            store,
            notices,
            time
        );
        if (tenure.Journal.State == CommitState.Committed)
        {
            if (await reports.ReadKeptAsync(cancellationToken) is { } kept)
            {
                return kept;
            }

            SayUnwatched(tenure.Journal);
            return await reports.WriteAsync(null, MigrationOutcome.Committed, cancellationToken);
        }

        try
        {
            var outcome = await LiveAsync(tenure, store, identity, cancellationToken);
            return await reports.WriteAsync(parts, outcome, cancellationToken);
        }
        catch (MigrationFailedException failure)
        {
            return reports.Write(parts, failure);
        }
    }

    /// <summary>Only the process that decides a cutover watches the source for late writes (S27): it has ended before it was done.</summary>
    private void SayUnwatched(CommitJournal journal)
    {
        if (!journal.IsSourceBlocked)
        {
            notices.Say(
                "The process that decided the cutover ended early: whether the source was written to after the final time is not known."
            );
        }
    }

    private static ReportedCluster Name(string address, ClusterIdentity identity) =>
        new(address.Length > 0 ? address : identity.ReplicaSetName, identity.ReplicaSetId, identity.Version.ToString());

    private async Task<MigrationOutcome> LiveAsync(
        Tenure tenure,
        ReservedStore store,
        ClusterIdentity identity,
        CancellationToken cancellationToken
    )
    {
        if (tenure.IsCutoverAskedFor)
        {
            requests.RequestCutover();
        }

        await ProbeAsync(store, cancellationToken);
        var (migration, epoch) = (tenure.MigrationId, tenure.Slots.Epoch);
        using var spool = await Spool.OpenAsync(settings, migration, epoch, store, cancellationToken);
        var outcome = await LiveAsync(tenure, store, spool, identity, cancellationToken);
        if (outcome == MigrationOutcome.Committed)
        {
            spool?.Erase();
        }

        return outcome;
    }

    private async Task<MigrationOutcome> LiveAsync(
        Tenure tenure,
        ReservedStore store,
        Spool? spool,
        ClusterIdentity identity,
        CancellationToken cancellationToken
    )
    {
        var saved = await SavedProgress.ReadAsync(store, cancellationToken);
        LogTakenUp(tenure.MigrationId, tenure.Slots.Epoch, saved.Mappings.Count);
        if (tenure.Journal.State == CommitState.Decided)
        {
            SayUnwatched(tenure.Journal);
            await Assemble(tenure, store, spool, saved, default).Steering.FinishAsync(cancellationToken);
            return MigrationOutcome.Committed;
        }

        var opener = new StreamOpener(source, destination, store, spool?.Stream, notices, retry, settings);
        var opened = await opener.OpenAsync(saved, tenure.SourceBefore, identity, cancellationToken);
        var life = Assemble(tenure, store, spool, opened.Progress, opened.Position);
        await store.SetStateAsync(Tenure.Write(identity), cancellationToken);
        await life.Cutover.TakeOverAsync(cancellationToken);
        await life.Block.PutAsync(isBlockPossible, cancellationToken);
        await life.Checkpoints.SaveAsync(cancellationToken);
        await life.Keeper.ReconcileAsync(cancellationToken);
        return await WorkAsync(tenure, life, opened, spool, cancellationToken);
    }

    /// <summary>
    /// Finds out, anew in every life since servers are upgraded, which internal facilities both sides have; without one its fallback
    /// is taken. Before any stream is opened.
    /// </summary>
    private async Task ProbeAsync(ReservedStore store, CancellationToken cancellationToken)
    {
        var there = (await retry.RunAsync(source.ProbeAsync, cancellationToken)).ToDocument();
        var found = await retry.RunAsync(destination.ProbeAsync, cancellationToken);
        var here = found.ToDocument();
        isBlockPossible = found.UserWriteBlock;
        LogProbed(there, here);
        var facilities = new DocumentBuilder { { "source", there }, { "destination", here } };
        await store.SetStateAsync(new DocumentBuilder { { "facilities", facilities } }.Build(), cancellationToken);
    }

    /// <summary>A picture of the moment.</summary>
    internal MigrationProgress Progress() =>
        parts is { } life
            ? ProgressPicture.Take(life, book, notices)
            : MigrationProgress.None with
            {
                Warnings = notices.All,
            };

    private LifeParts Assemble(
        Tenure tenure,
        ReservedStore store,
        Spool? spool,
        SavedProgress progress,
        ClusterTime position
    )
    {
        var state = new SyncState(
            new(position, ClusterTime.Max(position, progress.Position?.Ceiling ?? position), PendingEvent.AddressOf),
            new(settings.WaitingBytesMax, spool?.Folder),
            settings.Lanes,
            firstLaneSlot: 1
        );
        tokens.LastEvent = progress.LastEvent;
        if (!progress.Token.IsEmpty)
        {
            tokens.Add(ResumeToken.TimeOf(progress.Token), progress.Token);
        }

        var keeper = new CatalogueKeeper(state, source, destination, store, progress, retry);
        var log = new DifferenceLog(settings.HealingsMax, time);
        var barrier = new AlignedBarrier(source, retry);
        var definitions = new DefinitionVerifier(state, source, destination, barrier, keeper, log, retry, settings);
        var watcher = new DestinationWatcher(state, destination, book, definitions, retry, settings);
        var verifier = new Verifier(
            state,
            source,
            destination,
            barrier,
            book,
            watcher,
            definitions,
            log,
            retry,
            settings,
            time
        );
        var block = new DestinationBlock(destination, store, tenure.IsDestinationBlocked, notices, retry, settings);
        var changer = new DefinitionChanger(state, source, destination, keeper, retry, time);
        var journal = new JournalKeeper(store, tenure.Journal);
        var cutover = new CutoverRunner(
            source,
            barrier,
            keeper,
            changer,
            verifier,
            log,
            new(state),
            new(destination, keeper, retry, settings),
            journal,
            block,
            notices,
            retry,
            settings,
            time
        );
        var checkpoints = new CheckpointWriter(state, store, tokens, spool?.Stream, checkpointWanted, settings, time);
        var steering = new Steering(
            state,
            verifier,
            cutover,
            barrier,
            checkpoints,
            store,
            requests,
            notices,
            settings,
            time,
            logger
        );
        var gauge = new HistoryGauge(source, checkpoints, notices, settings, time);
        return parts = new(
            state,
            keeper,
            log,
            barrier,
            watcher,
            verifier,
            changer,
            cutover,
            block,
            checkpoints,
            steering,
            gauge,
            new(source, time)
        );
    }

    private async Task<MigrationOutcome> WorkAsync(
        Tenure tenure,
        LifeParts life,
        OpenedStream opened,
        Spool? spool,
        CancellationToken cancellationToken
    )
    {
        using var workers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var follower = new StreamFollower(source, opened, retry, settings);
        var buffer = new EventBuffer(new(settings.EventBytesMax), spool?.Stream);
        var reader = new ChangeReader(life.State, buffer, life.Keeper, life.Barrier, tokens, opened.Position);
        var rereads = new ByteBudget(settings.RereadBytesMax);
        List<Task> running =
        [
            Start(stop => follower.RunAsync(buffer, stop), workers),
            Start(reader.RunAsync, workers),
            Start(life.Checkpoints.RunAsync, workers),
            Start(new Rereader(life.State, source, life.Clock, retry, rereads).RunAsync, workers),
            Start(life.Watcher.RunAsync, workers),
            Start(life.Verifier.RunAsync, workers),
            Start(life.Changer.RunAsync, workers),
            .. StartLanes(life, tenure.Slots, workers),
            .. StartCopiers(life, tenure.Slots, workers),
        ];
        var watching = Start(life.Gauge.RunAsync, workers);
        var steering = life.Steering.RunAsync(workers.Token);
        try
        {
            await await Task.WhenAny([steering, .. running]);
            return await steering;
        }
        finally
        {
            await workers.CancelAsync();
            // A cutover that was under way gives itself up before anybody else comes.
            await Task.WhenAll([steering, watching, .. running])
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private IEnumerable<Task> StartLanes(LifeParts life, WriteSlots slots, CancellationTokenSource workers) =>
        life.State.Lanes.Select(lane =>
            Start(new ApplyLane(lane, life.State, destination, slots, retry, checkpointWanted).RunAsync, workers)
        );

    private IEnumerable<Task> StartCopiers(LifeParts life, WriteSlots slots, CancellationTokenSource workers)
    {
        var budget = new ByteBudget(settings.CopyBytesMax);
        var waited = new ByteBudget(settings.WaitingBytesMax);
        for (var number = 0; number < settings.Copiers; number++)
        {
            var writer = new RangeWriter(destination, slots, 1 + settings.Lanes + number, retry);
            var aligner = new RangeAligner(source, destination, writer, retry);
            yield return Start(
                new RangeCopier(
                    life.State,
                    source,
                    writer,
                    aligner,
                    life.Clock,
                    retry,
                    budget,
                    waited,
                    settings
                ).RunAsync,
                workers
            );
        }
    }

    /// <summary>Starts a worker; the first that fails stops all.</summary>
    private static Task Start(Func<CancellationToken, Task> worker, CancellationTokenSource workers) =>
        Task.Run(() => worker(workers.Token), workers.Token);

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Migration {Migration} taken up in epoch {Epoch} with {Collections} collections known"
    )]
    private partial void LogTakenUp(Guid migration, long epoch, int collections);

    [LoggerMessage(4, LogLevel.Information, "Facilities probed: source {Source}, destination {Destination}")]
    private partial void LogProbed(RawDocument source, RawDocument destination);
}
