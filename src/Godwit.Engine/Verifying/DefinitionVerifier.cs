using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Compares options and indexes of both sides while definitions may change (S21): as they are kept until commit (S25). What differs is
/// believed only when a second listing, after a barrier that everything of the first had passed, still shows it; then it is logged and
/// mended once.
/// </summary>
internal sealed class DefinitionVerifier(
    SyncState state,
    ISourceCluster source,
    IDestinationCluster destination,
    AlignedBarrier barrier,
    CatalogueKeeper keeper,
    DifferenceLog log,
    ReservedStore store,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    private const long Never = -1;
    private long provenAt = Never;
    private HashSet<Difference>? lasting;
    private Suspicion? suspicion;

    /// <summary>Whether both sides were found equal since the last definition that changed on either.</summary>
    internal bool IsProven => Interlocked.Read(ref provenAt) == state.Counters.DefinitionsApplied;

    /// <summary>
    /// Whether both sides were found equal once, or no difference was seen in two listings running: enough to be in sync where
    /// definitions keep changing.
    /// </summary>
    internal bool WasProven { get; private set; }

    /// <summary>A definition changed on the destination, by whomever.</summary>
    internal void Distrust() => Interlocked.Exchange(ref provenAt, Never);

    /// <summary>Compares, unless nothing has changed since it was proven. <paramref name="passed"/> is the last barrier's time.</summary>
    internal async Task CompareAsync(ClusterTime passed, CancellationToken cancellationToken)
    {
        if (IsProven)
        {
            return;
        }

        var version = state.Counters.DefinitionsApplied;
        _ = Interlocked.Exchange(ref provenAt, version);
        var there = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        var here = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
        var differences = Compare(there.Collections, here.Collections).ToList();
        if (differences.Count == 0)
        {
            suspicion = null;
            WasProven = true;
            log.NoteDefinitionsEqual();
            return;
        }

        Distrust();
        WasProven |= lasting is not null && !lasting.Overlaps(differences);
        lasting = [.. differences];
        if (suspicion is { } earlier && earlier.Version == version && earlier.ListedAt <= passed)
        {
            suspicion = null;
            differences.ForEach(one => log.AddDefinition(one.Collection, one.Name, one.What, passed));
            await store.PutAsync(ReservedStore.Differences, log.TakeUnsaved(), cancellationToken);
            await barrier.RunAsync(passed, (_, token) => keeper.ReconcileAsync(token), cancellationToken);
        }
        else if (suspicion?.Version != version)
        {
            suspicion = new(version, there.After);
        }
    }

    /// <summary>
    /// Lists both sides although no event has told of a change: an index that was built on one member after the other is in none, and is
    /// there once a member that has it is primary.
    /// </summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!IsProven)
        {
            return;
        }

        var there = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        var here = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
        if (IsProven && Compare(there.Collections, here.Collections).Any())
        {
            await barrier.RunAsync(ClusterTime.Zero, (_, token) => keeper.HandleAsync(token), cancellationToken);
        }
    }

    private IEnumerable<Difference> Compare(
        IReadOnlyList<CollectionDescription> source,
        IReadOnlyList<CollectionDescription> destination
    )
    {
        var here = destination.ToDictionary(one => one.Name);
        foreach (var one in source)
        {
            if (!here.Remove(one.Name, out var other))
            {
                yield return new(one.Uuid, one.Name, "missing on the destination");
                continue;
            }

            foreach (var what in DefinitionComparison.Compare(Neutral(one), Neutral(other)))
            {
                yield return new(one.Uuid, one.Name, what);
            }
        }

        if (!settings.IgnoreExisting)
        {
            foreach (var one in here.Values)
            {
                yield return new(one.Uuid, one.Name, "not on the source");
            }
        }
    }

    private static CollectionDescription Neutral(CollectionDescription one) =>
        one with
        {
            Options = NeutralOptions.OfCollection(one.Options),
            Indexes = [.. one.Indexes.Select(NeutralOptions.OfIndex)],
        };

    private sealed record Suspicion(long Version, ClusterTime ListedAt);

    private sealed record Difference(Guid Collection, Namespace Name, string What);
}
