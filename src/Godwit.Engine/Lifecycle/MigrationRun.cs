using Godwit.Bson;
using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Reversal;
using Godwit.Engine.Scoping;
using Godwit.Engine.Spooling;
using Microsoft.Extensions.Logging;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// One life of a migration: 1. takes the epoch and fences the past; 2. opens the change stream and saves its start; 3. lists and creates;
/// 4. runs all workers until cutover, pause, cancellation or the first failure, which stops them all.
/// </summary>
internal sealed partial class MigrationRun
{
    private static readonly TimeSpan RestoreMax = TimeSpan.FromSeconds(15);
    private readonly LifeContext context;
    private readonly Lease lease;
    private readonly Holder holder;
    private readonly MigrationSettings settings;
    private readonly ISourceCluster source;
    private readonly IDestinationCluster destination;
    private readonly RetryPolicy retry;
    private readonly Notices notices;
    private Facilities? facilities;
    private bool isBlockPossible;
    private bool followsSeries;
    private PassingReads passing;
    private volatile LifeParts? parts;

    /// <param name="given">What every life is given; every attempt of this one checks its lease first (S18).</param>
    /// <param name="holder">The process.</param>
    internal MigrationRun(LifeContext given, Holder holder)
    {
        lease = new(given.Time);
        retry = given.Retry.Checking(lease.Check);
        context = given with { Retry = retry };
        (settings, source, destination, notices) = (given.Settings, given.Source, given.Destination, given.Notices);
        this.holder = holder;
    }

    /// <summary>Whether it came to hold the migration.</summary>
    internal bool HasHeld { get; private set; }

    internal async Task<MigrationReport> RunAsync(CancellationToken cancellationToken)
    {
        var identity = await retry.RunAsync(source.IdentifyAsync, cancellationToken);
        var tenure = await Tenure.TakeAsync(
            destination,
            LifeWorkers.SlotCount(settings),
            identity,
            holder,
            retry,
            context.Time,
            cancellationToken
        );
        HasHeld = true;
        var here = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        using var store = new ReservedStore(destination, tenure.Slots, LifeWorkers.MetadataSlot, lease, retry);
        var reports = new ReportWriter(
            tenure,
            Name(settings.SourceAddress, identity),
            Name(settings.DestinationAddress, here),
            store,
            notices,
            context.Time
        );
        var balancers = new Balancers(source, destination, store, notices, retry);
        if (tenure.Journal.State == CommitState.Committed)
        {
            if (await ReversalRecord.FindReverseAsync(store, cancellationToken) is { } reversed)
            {
                return reports.Write(null, reversed);
            }

            await EndAsync(balancers, store, cancellationToken);
            if (await reports.ReadKeptAsync(cancellationToken) is { } kept)
            {
                return kept;
            }

            SayUnwatched(tenure.Journal);
            return await reports.WriteAsync(null, MigrationOutcome.Committed, cancellationToken);
        }

        try
        {
            await balancers.StopAsync(cancellationToken);
            var outcome = await ByFacilitiesAsync(LiveAndEndAsync, cancellationToken);
            return await reports.WriteAsync(parts, outcome, cancellationToken);
        }
        catch (MigrationFailedException failure)
        {
            await balancers.RestoreAsync(cancellationToken);
            return reports.Write(parts, failure);
        }
        catch (ClusterException fault) when (fault.Kind is not (FaultKind.Fenced or FaultKind.HistoryLost))
        {
            await RestoreAfterFaultAsync(balancers, cancellationToken);
            throw;
        }

        async Task<MigrationOutcome> LiveAndEndAsync()
        {
            var outcome = await LiveAsync(tenure, store, identity, here, cancellationToken);
            if (outcome == MigrationOutcome.Committed)
            {
                await EndAsync(balancers, store, cancellationToken);
            }

            return outcome;
        }
    }

    /// <summary>
    /// What is refused may be refused by a server of another release that has become primary meanwhile and does not understand what it is asked:
    /// then this life ends, and the next one goes by what is offered now.
    /// </summary>
    /// <exception cref="FacilitiesChangedException">It was refused, and the servers offer something else.</exception>
    private async Task<MigrationOutcome> ByFacilitiesAsync(
        Func<Task<MigrationOutcome>> live,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await live();
        }
        catch (Exception refused)
            when (refused
                    is ClusterException { Kind: FaultKind.BadRequest }
                        or MigrationFailedException { Code: "DocumentRefused" or "DefinitionRefused" }
            )
        {
            if (facilities is { } known && await known.HaveChangedAsync(cancellationToken))
            {
                throw new FacilitiesChangedException($"{refused.Message} The servers offer something else now.");
            }

            throw;
        }
    }

    /// <summary>It is cut over: zones first, so that the balancer finds them.</summary>
    private async Task EndAsync(Balancers balancers, ReservedStore store, CancellationToken cancellationToken)
    {
        if (settings.CarryZones)
        {
            await new ZoneCarrier(source, destination, store, notices, retry).CarryAsync(cancellationToken);
        }

        await balancers.RestoreAsync(cancellationToken);
    }

    /// <summary>As far as it goes: what has failed may be the very cluster whose balancer stands still.</summary>
    private async Task RestoreAfterFaultAsync(Balancers balancers, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(RestoreMax, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await balancers.RestoreAsync(both.Token);
        }
        catch (Exception gone) when (gone is ClusterException or OperationCanceledException)
        {
            notices.Say(
                "Balancers that were stopped for the migration stand still until it is run again or cancelled (--cancel), or you start them in mongosh: sh.startBalancer()"
            );
        }
    }

    /// <summary>Only the process that decides a cutover watches the source for late writes (S27): it has ended before it was done.</summary>
    private void SayUnwatched(CommitJournal journal)
    {
        if (journal is { IsSourceBlocked: false, IsRehearsal: false })
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
        ClusterIdentity here,
        CancellationToken cancellationToken
    )
    {
        if (tenure.IsCutoverAskedFor)
        {
            context.Requests.RequestCutover();
        }

        var found = await ProbeAsync(store, cancellationToken);
        var (migration, epoch) = (tenure.MigrationId, tenure.Slots.Epoch);
        using var spool = await Spool.OpenAsync(settings, migration, epoch, store, cancellationToken);
        var outcome = await LiveAsync(tenure, store, spool, found, identity, here, cancellationToken);
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
        Facilities found,
        ClusterIdentity identity,
        ClusterIdentity here,
        CancellationToken cancellationToken
    )
    {
        var saved = await SavedProgress.ReadAsync(store, cancellationToken);
        LogTakenUp(context.Logger, tenure.MigrationId, tenure.Slots.Epoch, saved.Mappings.Count);
        var hasBegun = saved.Mappings.Count > 0;
        var sharding = await ShardingRecord.SettleAsync(store, settings.Sharding, hasBegun, cancellationToken);
        var given = await SelectIndexesAsync(store, sharding, cancellationToken);
        if (tenure.Journal.State == CommitState.Decided)
        {
            SayUnwatched(tenure.Journal);
            await Assemble(saved, default).Steering.FinishAsync(cancellationToken);
            return MigrationOutcome.Committed;
        }

        await new ScopeKeeper(store, settings).KeepAsync(hasBegun, cancellationToken);
        await SharedDestination.RequireAsync(source, destination, settings.Scope, retry, cancellationToken);
        await ReversalRecord.KeepAsync(store, settings, hasBegun, cancellationToken);
        identity = identity with { Shards = await ReadShardsAsync(tenure.SourceBefore, cancellationToken) };
        var streams = ChooseStreams(found);
        var opener = new StreamOpener(source, destination, store, spool?.Stream, notices, retry, settings, streams);
        var opened = await opener.OpenAsync(saved, tenure.SourceBefore, identity, cancellationToken);
        var life = Assemble(opened.Progress, opened.Position);
        await store.SetStateAsync(Tenure.Write(identity), cancellationToken);
        await life.Cutover.TakeOverAsync(cancellationToken);
        await life.Block.PutAsync(isBlockPossible, cancellationToken);
        await life.Checkpoints.SaveAsync(cancellationToken);
        await life.Keeper.ReconcileAsync(cancellationToken);
        await life.Verifier.TakeOverAsync(cancellationToken);
        return await new LifeWorkers(given, life, tenure.Slots, found, followsRate: streams is null).RunAsync(
            opened,
            spool?.Stream,
            cancellationToken
        );

        LifeParts Assemble(SavedProgress progress, ClusterTime position) =>
            parts = new LifeAssembly(
                given,
                tenure,
                store,
                spool,
                identity,
                here,
                sharding,
                followsSeries,
                passing
            ).Build(progress, position);
    }

    /// <summary>What the life is given: a source that lists no other indexes than the destination is to get.</summary>
    private async Task<LifeContext> SelectIndexesAsync(
        ReservedStore store,
        ShardingOptions? sharding,
        CancellationToken cancellationToken
    )
    {
        var selection = await IndexRecord.SettleAsync(store, settings.Indexes, cancellationToken);
        if (selection == IndexSelection.All)
        {
            return context;
        }

        notices.Say(
            selection == IndexSelection.Required
                ? "Indexes are left out, all but those on _id and those that shard keys stand on: make the others on the destination after the cutover."
                : "Hashed indexes are left out, but for those that shard keys stand on."
        );
        return context with { Source = new IndexedSource(source, selection, sharding) };
    }

    /// <summary>
    /// As many change streams as are asked for, where the source can part its events among them (S10); <see langword="null"/> for as many as the rate needs.
    /// </summary>
    private int? ChooseStreams(Facilities found)
    {
        if (found.Source.HashedKeys)
        {
            return settings.ChangeStreams;
        }

        if (settings.ChangeStreams > 1)
        {
            notices.Say("The source cannot part its changes among several streams ($toHashedIndexKey): one is read.");
        }

        return 1;
    }

    /// <summary>The history of each shard of the source; of one that is silent now, what it said last (S20).</summary>
    private async Task<IReadOnlyList<ShardHistory>> ReadShardsAsync(
        ClusterIdentity? before,
        CancellationToken cancellationToken
    )
    {
        var found = await retry.RunAsync(source.ReadShardHistoriesAsync, cancellationToken);
        var silent = (before?.Shards ?? []).Where(earlier => found.All(one => one.Name != earlier.Name));
        return [.. found, .. silent];
    }

    /// <summary>
    /// Finds out, anew in every life since servers are upgraded, which internal facilities both sides have; without one its fallback
    /// is taken. Before any stream is opened.
    /// </summary>
    private async Task<Facilities> ProbeAsync(ReservedStore store, CancellationToken cancellationToken)
    {
        var found = facilities = await Facilities.FindAsync(source, destination, retry, cancellationToken);
        followsSeries = found.Source.SystemEvents && found.Destination.SystemEvents;
        passing = new(!found.Source.SnapshotReadsOfCapped, !found.Destination.SnapshotReadsOfCapped);
        isBlockPossible = found.Destination.UserWriteBlock;
        var both = found.ToDocument();
        LogProbed(context.Logger, both);
        await store.SetStateAsync(new DocumentBuilder { { "facilities", both } }.Build(), cancellationToken);
        return found;
    }

    /// <summary>A picture of the moment.</summary>
    internal MigrationProgress Progress() =>
        parts is { } life
            ? ProgressPicture.Take(life, notices)
            : MigrationProgress.None with
            {
                Warnings = notices.All,
            };

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Migration {Migration} taken up in epoch {Epoch} with {Collections} collections known"
    )]
    private static partial void LogTakenUp(ILogger logger, Guid migration, long epoch, int collections);

    [LoggerMessage(4, LogLevel.Information, "Facilities probed: {Facilities}")]
    private static partial void LogProbed(ILogger logger, RawDocument facilities);
}
