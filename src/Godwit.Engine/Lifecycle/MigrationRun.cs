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
    Notices notices,
    ILogger logger
)
{
    private const int MetadataSlot = 0;
    private readonly VerificationBook book = new();
    private readonly Pulse checkpointWanted = new();
    private readonly TokenHistory tokens = new();
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
            return await reports.ReadKeptAsync(cancellationToken)
                ?? await reports.WriteAsync(null, MigrationOutcome.Committed, cancellationToken);
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

        var saved = await SavedProgress.ReadAsync(store, cancellationToken);
        LogTakenUp(tenure.MigrationId, tenure.Slots.Epoch, saved.Mappings.Count);
        if (tenure.Journal.State == CommitState.Decided)
        {
            await Assemble(tenure, store, saved, default).Steering.FinishAsync(cancellationToken);
            return MigrationOutcome.Committed;
        }

        var opener = new StreamOpener(source, destination, store, notices, retry, settings);
        var opened = await opener.OpenAsync(saved, tenure.SourceBefore, identity, cancellationToken);
        var life = Assemble(tenure, store, opened.Progress, opened.Position);
        await store.SetStateAsync(Tenure.Write(identity), cancellationToken);
        await life.Cutover.TakeOverAsync(cancellationToken);
        await life.Checkpoints.SaveAsync(cancellationToken);
        await life.Keeper.ReconcileAsync(cancellationToken);
        return await WorkAsync(tenure, life, opened, cancellationToken);
    }

    /// <summary>A picture of the moment.</summary>
    internal MigrationProgress Progress() =>
        parts is { } life
            ? ProgressPicture.Take(life, book, notices)
            : MigrationProgress.None with
            {
                Warnings = notices.All,
            };

    private LifeParts Assemble(Tenure tenure, ReservedStore store, SavedProgress progress, ClusterTime position)
    {
        var state = new SyncState(
            new(position, ClusterTime.Max(position, progress.Position?.Ceiling ?? position)),
            settings.Lanes,
            firstLaneSlot: 1
        );
        tokens.LastEvent = progress.LastEvent;
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
            journal,
            notices,
            retry,
            settings,
            time
        );
        var checkpoints = new CheckpointWriter(state, store, tokens, checkpointWanted, settings, time);
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
        CancellationToken cancellationToken
    )
    {
        using var workers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reader = new ChangeReader(
            life.State,
            source,
            life.Keeper,
            life.Barrier,
            tokens,
            retry,
            new(settings.EventBytesMax),
            settings
        );
        List<Task> running =
        [
            Start(token => reader.RunAsync(opened.Stream, opened.First, opened.Position, token), workers),
            Start(life.Checkpoints.RunAsync, workers),
            Start(new Rereader(life.State, source, life.Clock, retry).RunAsync, workers),
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
            Start(
                new ApplyLane(lane, life.State, destination, slots, translator, retry, checkpointWanted).RunAsync,
                workers
            )
        );

    private IEnumerable<Task> StartCopiers(LifeParts life, WriteSlots slots, CancellationTokenSource workers)
    {
        var budget = new ByteBudget(settings.CopyBytesMax);
        for (var number = 0; number < settings.Copiers; number++)
        {
            var writer = new RangeWriter(destination, slots, 1 + settings.Lanes + number, retry);
            var aligner = new RangeAligner(source, destination, writer, retry);
            yield return Start(
                new RangeCopier(life.State, source, writer, aligner, life.Clock, retry, budget, settings).RunAsync,
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
}
