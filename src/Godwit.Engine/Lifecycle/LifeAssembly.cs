using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Cutover;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Spooling;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Lifecycle;

/// <summary>Puts the parts of one life together: who knows whom.</summary>
internal sealed class LifeAssembly(
    LifeContext context,
    Tenure tenure,
    ReservedStore store,
    Spool? spool,
    ClusterIdentity there,
    ClusterIdentity here,
    ShardingOptions? sharding,
    bool followsSeries,
    PassingReads passing
)
{
    /// <summary>The parts of a life that begins with what was saved and reads the stream from a position.</summary>
    internal LifeParts Build(SavedProgress progress, ClusterTime position)
    {
        var (settings, source, destination, time, retry, requests, notices, logger) = context;
        var book = new VerificationBook();
        var tokens = TokensOf(progress);
        var checkpointWanted = new Pulse();
        var state = new SyncState(
            new(position, ClusterTime.Max(position, progress.Position?.Ceiling ?? position), PendingEvent.AddressOf)
            {
                Superseded = item => item.Block.Dispose(),
            },
            new(settings.WaitingBytesMax, spool?.Folder),
            settings.Lanes,
            LifeWorkers.FirstLaneSlot
        )
        {
            IsSourceSharded = there.IsSharded,
            DirtyBytesMax = settings.DirtyBytesMax,
        };

        var wanted = new WantedCatalogue(source, there, here, sharding, followsSeries, retry);
        var builds = new IndexBuilds(time);
        var maker = new CollectionMaker(source, destination, store, builds, retry);
        var keeper = new CatalogueKeeper(
            state,
            wanted,
            destination,
            maker,
            store,
            progress,
            settings.Scope.Documents,
            builds,
            passing,
            settings.NaturalOrder,
            notices,
            retry
        );
        var log = new DifferenceLog(settings.HealingsMax, time);
        log.Restore(progress.Differences);
        var barrier = new AlignedBarrier(source, retry);
        var definitions = new DefinitionVerifier(
            state,
            source,
            destination,
            barrier,
            keeper,
            log,
            store,
            retry,
            settings
        );
        var watcher = new DestinationWatcher(state, destination, book, definitions, retry, settings);
        var pacer = new ReadPacer(time);
        var hands = RangeHands.Of(source, destination, settings.Hosts, retry, pacer);
        var sums = new CollectionSums(state, source, retry, settings);
        var record = new ProofRecord(state, book, sums, log, store, here, progress.Proof, settings, time);
        var verifier = new Verifier(
            state,
            source,
            destination,
            barrier,
            book,
            watcher,
            definitions,
            log,
            sums,
            record,
            new(state, source, book, position, retry, settings),
            hands,
            new(state, source, destination, book, log, record, pacer, retry, settings),
            retry,
            settings,
            time
        );
        var block = new DestinationBlock(destination, store, tenure.IsDestinationBlocked, notices, retry, settings);
        var uniqueness = new UniquenessCheck(state, destination, retry, notices);
        var changer = new DefinitionChanger(state, source, destination, keeper, uniqueness, store, retry, time);
        var journal = new JournalKeeper(store, tenure.Journal);
        var cutover = new CutoverRunner(
            source,
            barrier,
            keeper,
            changer,
            uniqueness,
            verifier,
            sums,
            log,
            new(state),
            new(destination, keeper, retry, settings),
            journal,
            new(source, destination, store, retry, settings.WriteBlockTimeout),
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
            pacer,
            requests,
            notices,
            settings,
            time,
            logger
        );
        var gauge = new HistoryGauge(source, checkpoints, notices, settings, time);
        return new(
            state,
            keeper,
            tokens,
            log,
            book,
            barrier,
            watcher,
            verifier,
            sums,
            changer,
            cutover,
            block,
            checkpointWanted,
            checkpoints,
            steering,
            gauge,
            new(source, time),
            pacer,
            hands,
            builds
        );
    }

    private static TokenHistory TokensOf(SavedProgress progress)
    {
        var tokens = new TokenHistory { LastEvent = progress.LastEvent };
        if (!progress.Token.IsEmpty)
        {
            tokens.Add(ResumeToken.TimeOf(progress.Token), progress.Token);
        }

        return tokens;
    }
}
