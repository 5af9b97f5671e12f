using Godwit.Engine.Applying;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Keeps what was verified beyond this life (S21). What is withdrawn goes first, then the times move on, then what is new comes: so that at
/// any instant every range that is kept as verified is equal on both sides, but for keys that changed after the times that are kept. Before
/// the times move on every shard of a sharded destination is marked, so that whoever goes on finds out whether one lacks what was compared.
/// </summary>
internal sealed class ProofRecord(
    SyncState state,
    VerificationBook book,
    CollectionSums sums,
    DifferenceLog log,
    ReservedStore store,
    ClusterIdentity destination,
    SavedProof? earlier,
    MigrationSettings settings,
    TimeProvider time
)
{
    private readonly ProofLedger ledger = new();
    private long savedAt;

    /// <summary>
    /// Takes what an earlier life has verified as verified, before any event is routed. The times from which on changes on either side
    /// are to be looked at again; <see langword="null"/> if nothing is taken over.
    /// </summary>
    internal async Task<SavedProof?> TakeOverAsync(CancellationToken cancellationToken)
    {
        if (
            earlier is null
            || HistoryCheck.Judge(earlier.Cluster, destination, earlier.Destination).State != HistoryState.Same
            || !await AreShardsAsTheyWereAsync(earlier, cancellationToken)
        )
        {
            return null;
        }

        var placed = await ReadPlacementsAsync(cancellationToken);
        var count = 0;
        lock (state.Gate)
        {
            foreach (
                var (collection, _) in placed.Where(one => one.Placement is null || earlier.IsInPlace(one.Placement))
            )
            {
                foreach (var range in collection.Ranges?.Ranges ?? [])
                {
                    if (range is { State: RangeState.Copied, EarlierProof: { } proof })
                    {
                        count++;
                        book.Trust(range);
                        sums.Restore(collection, range, proof);
                    }
                }
            }
        }

        return count == 0 ? null : earlier;
    }

    /// <summary>Whether no shard of the destination has gone back behind what was compared, and none has come since (S22).</summary>
    private async Task<bool> AreShardsAsTheyWereAsync(SavedProof proof, CancellationToken cancellationToken) =>
        !destination.IsSharded || proof.IsOnAllShards(await store.ReadMarkAsync(cancellationToken));

    /// <summary>The collections, and how they are placed; <see langword="null"/> where there is one place only.</summary>
    private async Task<IReadOnlyList<(FollowedCollection Collection, string? Placement)>> ReadPlacementsAsync(
        CancellationToken cancellationToken
    )
    {
        List<FollowedCollection> collections;
        lock (state.Gate)
        {
            collections = [.. state.Collections];
        }

        if (!destination.IsSharded)
        {
            return [.. collections.Select(one => (one, (string?)null))];
        }

        var placements = await store.ReadPlacementsAsync(
            [.. collections.Select(one => one.Destination)],
            cancellationToken
        );
        return [.. collections.Zip(placements, (one, placement) => (one, (string?)placement))];
    }

    /// <summary>Keeps what was found, before anything of it is healed: a later life reports it (S24).</summary>
    internal Task SaveDifferencesAsync(CancellationToken cancellationToken) =>
        store.PutAsync(ReservedStore.Differences, log.TakeUnsaved(), cancellationToken);

    /// <summary>A round has ended: keeps what it proved, if it compared ranges, or if that was not done for a while.</summary>
    internal async Task SaveAsync(VerificationRound round, CancellationToken cancellationToken)
    {
        if (round.Ranges.Count == 0 && savedAt != 0 && time.GetElapsedTime(savedAt) < settings.KeepProofEvery)
        {
            return;
        }

        ProofChanges changes;
        lock (state.Gate)
        {
            changes = ledger.Plan(state.Collections, book, sums.Find, state.Unsaved);
        }

        await PutAsync(changes.Withdrawn.Select(one => (one.Collection, one.Range, (RangeProof?)null)));
        lock (state.Gate)
        {
            ledger.Withdrawn(changes);
        }

        // Before the mark: what moves from then on is seen to have moved, and what had moved is behind the mark.
        var placements = await ReadPlacementsAsync(cancellationToken);
        var mark = destination.IsSharded ? await store.MarkAsync(cancellationToken) : 0;
        var times = new SavedProof(
            round.Source,
            round.Seen,
            destination,
            mark,
            placements.Select(one => one.Placement).OfType<string>().ToHashSet(StringComparer.Ordinal)
        );
        await store.PutAsync(ReservedStore.Proof, [times.ToDocument()], cancellationToken);
        await PutAsync(changes.Proven.Select(one => (one.Collection, one.Range, (RangeProof?)one.Proof)));
        savedAt = time.GetTimestamp();

        Task PutAsync(IEnumerable<(FollowedCollection Collection, CopyRange Range, RangeProof? Proof)> ranges) =>
            store.PutAsync(
                ReservedStore.Ranges,
                ranges.Select(one =>
                    SavedRange
                        .Of(one.Collection.Uuid, one.Collection.Destination.Uuid, one.Range, one.Proof)
                        .ToDocument()
                ),
                cancellationToken
            );
    }
}
