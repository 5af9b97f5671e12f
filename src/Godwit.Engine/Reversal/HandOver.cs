using Godwit.Bson;
using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Reversal;

/// <summary>
/// Turns a committed migration round (S29): records on the old source what both sides had in common when the cutover was decided, as if
/// a migration in the other direction had just copied everything and applied all changes up to then. From there on it is a migration
/// like any other. Whatever stops this, it is done again from the beginning until its last write.
/// </summary>
/// <param name="used">The cluster that was moved to, and is in use since.</param>
/// <param name="oldSource">The cluster that was moved from, where progress is kept from now on.</param>
/// <param name="notices">What people are told.</param>
/// <param name="retry">Waits out faults.</param>
/// <param name="time">The clock.</param>
internal sealed class HandOver(
    IDestinationCluster used,
    IDestinationCluster oldSource,
    Notices notices,
    RetryPolicy retry,
    TimeProvider time
)
{
    /// <exception cref="MigrationFailedException">The migration cannot be reversed, or not now.</exception>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var ended = await ReadAsync(used, cancellationToken);
        var journal = ReversalRecord.Require(ended);
        var begun = await ReadAsync(oldSource, cancellationToken);
        var identity = await retry.RunAsync(used.IdentifyAsync, cancellationToken);
        if (!IsOf(begun, ended) && await IsOfAnotherAsync(begun, identity, cancellationToken))
        {
            RequireOver(begun);
            await retry.RunAsync(oldSource.DropReservedAsync, cancellationToken);
            begun = RawDocument.Empty;
        }

        if (IsOf(begun, ended) && begun[ReversalRecord.HandedOver].IsTruthy())
        {
            await MarkAsync(Guid.Parse(begun["id"].AsString), cancellationToken);
            return;
        }

        await TakeOverAsync(ended, journal, identity, cancellationToken);
    }

    private async Task TakeOverAsync(
        RawDocument ended,
        CommitJournal journal,
        ClusterIdentity identity,
        CancellationToken cancellationToken
    )
    {
        var lease = new Lease(time);
        var held = retry.Checking(lease.Check);
        var holder = new Holder(Guid.NewGuid(), MustStillHold: false);
        var tenure = await Tenure.TakeAsync(oldSource, 1, identity, holder, held, time, cancellationToken);
        using var store = new ReservedStore(oldSource, tenure.Slots, LifeWorkers.MetadataSlot, lease, held);
        var start = new DocumentBuilder
        {
            { ReversalRecord.Reverses, ended["id"] },
            { ReversalRecord.HandedOver, false },
            { ReversalRecord.Reversible, true },
            { DestinationBlock.Recorded, journal.IsSourceBlocked },
        };
        await store.SetStateAsync(start.Build(), cancellationToken);
        _ = await held.RunAsync(oldSource.ProbeAsync, cancellationToken);
        var there = await held.RunAsync(token => oldSource.ListCatalogueAsync(null, token), cancellationToken);
        await new OwnCollections(oldSource, store).RecordAsync(there.Collections, cancellationToken);
        var common = await ReadCommonAsync(ended, journal, there, cancellationToken);
        await NeutraliseAsync(common, there, store, cancellationToken);
        var still = await new OutsideWrites(oldSource, notices, held).LeaveOutAsync(
            common,
            Tenure.ReadSource(ended),
            cancellationToken
        );
        await SaveAsync(still, store, cancellationToken);
        await MarkAsync(tenure.MigrationId, cancellationToken);
    }

    private async Task<Common> ReadCommonAsync(
        RawDocument ended,
        CommitJournal journal,
        Catalogue there,
        CancellationToken cancellationToken
    )
    {
        var id = ended["id"].AsString;
        var here = await retry.RunAsync(token => used.ListCatalogueAsync(null, token), cancellationToken);
        var mappings = await ReadOwnAsync(ReservedStore.Collections);
        var ranges = await ReadOwnAsync(ReservedStore.Ranges);
        return Common.Of(
            journal.SourceTime,
            journal.FinalTime,
            mappings.Select(ReservedStore.ReadMapping),
            ranges.Select(SavedRange.Parse),
            there.Collections,
            here.Collections
        );

        async Task<IEnumerable<RawDocument>> ReadOwnAsync(string collection) =>
            ReservedStore.OwnedBy(
                id,
                await retry.RunAsync(token => used.ReadReservedAsync(collection, token), cancellationToken)
            );
    }

    private async Task NeutraliseAsync(
        Common common,
        Catalogue there,
        ReservedStore store,
        CancellationToken cancellationToken
    )
    {
        var mapped = common.Mappings.Where(row => !row.IsView).Select(row => row.SourceUuid).ToHashSet();
        await new Neutraliser(oldSource, store, notices).RunAsync(
            there.Collections.Where(one => mapped.Contains(one.Uuid)),
            cancellationToken
        );
    }

    /// <summary>What an interrupted attempt has recorded may trust more than is to be trusted by now: it goes first.</summary>
    private static async Task SaveAsync(Common common, ReservedStore store, CancellationToken cancellationToken)
    {
        foreach (var collection in new[] { ReservedStore.Ranges, ReservedStore.Collections })
        {
            var earlier = await store.ReadAsync(collection, cancellationToken);
            await store.RemoveAsync(collection, earlier.Select(one => one["_id"].AsString), cancellationToken);
        }

        await store.PutAsync(
            ReservedStore.Collections,
            common.TurnedMappings.Select(ReservedStore.Write),
            cancellationToken
        );
        await store.PutAsync(
            ReservedStore.Ranges,
            common.TurnedRanges.Select(range => range.ToDocument()),
            cancellationToken
        );
        await store.PutAsync(
            ReservedStore.Position,
            [
                CheckpointWriter.Describe(
                    new(common.OnDestination, common.OnDestination),
                    RawDocument.Empty,
                    RawDocument.Empty
                ),
            ],
            cancellationToken
        );
        await store.SetStateAsync(
            new DocumentBuilder { { ReversalRecord.HandedOver, true } }.Build(),
            cancellationToken
        );
    }

    /// <summary>From now on nobody goes on with the migration that is over.</summary>
    private Task MarkAsync(Guid reverse, CancellationToken cancellationToken) =>
        retry.RunAsync(
            token => ReservedStore.AskAsync(used, ReversalRecord.ReversedBy, reverse.ToString(), token),
            cancellationToken
        );

    private Task<RawDocument> ReadAsync(IDestinationCluster cluster, CancellationToken cancellationToken) =>
        retry.RunAsync(token => ReservedStore.ReadStateAsync(cluster, token), cancellationToken);

    private static bool IsOf(RawDocument begun, RawDocument ended) =>
        !begun.IsEmpty && begun[ReversalRecord.Reverses] == ended["id"];

    /// <summary>One that was taken up but has nothing recorded yet, not even what it reverses, is an interrupted attempt of this.</summary>
    private async Task<bool> IsOfAnotherAsync(
        RawDocument begun,
        ClusterIdentity identity,
        CancellationToken cancellationToken
    )
    {
        if (begun.IsEmpty)
        {
            return false;
        }

        var rows = await retry.RunAsync(
            token => oldSource.ReadReservedAsync(ReservedStore.Collections, token),
            cancellationToken
        );
        return rows.Count > 0
            || begun["sourceIdentity"].AsString != identity.ReplicaSetId
            || CommitJournal.Parse(begun["commit"]).State != CommitState.None;
    }

    private static void RequireOver(RawDocument begun)
    {
        if (CommitJournal.Parse(begun["commit"]).State != CommitState.Committed)
        {
            throw new MigrationFailedException(
                "OtherMigration",
                $"Migration {begun["id"].AsString} to the old source is under way.",
                "Finish or cancel it first (--cancel)."
            );
        }
    }
}
