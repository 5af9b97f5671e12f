using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Cutover;

/// <summary>Carries out on the destination what <see cref="FinalDefinitions"/> plans, many collections at a time (S25).</summary>
internal sealed class DefinitionChanger(
    SyncState state,
    ISourceCluster source,
    IDestinationCluster destination,
    CatalogueKeeper keeper,
    UniquenessCheck uniqueness,
    ReservedStore store,
    RetryPolicy retry,
    TimeProvider time
)
{
    private const int ChangesAtOnce = 16;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Indexes prepared so far, by their destination collection.</summary>
    private readonly ConcurrentDictionary<(Guid Collection, string Index), bool> prepared = [];

    /// <summary>How long it took to prepare them.</summary>
    private long preparationTicks;

    /// <summary>The definitions for which both catalogues were listed and every unique index was prepared.</summary>
    private long preparedAt = -1;

    /// <summary>
    /// Prepares unique indexes in the background as soon as their collection is copied: no new duplicate can come in, and the cutover
    /// finds little left to do. What fails here is done again, and reported, at the cutover.
    /// </summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            foreach (var (address, name) in Unprepared())
            {
                var start = time.GetTimestamp();
                try
                {
                    await store.DefineAsync(
                        token => destination.ModifyCollectionAsync(address, FinalDefinitions.Prepare(name), token),
                        cancellationToken
                    );
                    _ = prepared.TryAdd((address.Uuid, name), true);
                    _ = Interlocked.Add(ref preparationTicks, time.GetElapsedTime(start).Ticks);
                }
                catch (ClusterException fault) when (fault.Kind != FaultKind.Fenced)
                {
                    // Renamed, dropped or refused.
                    break;
                }
            }

            bool isCopied;
            lock (state.Gate)
            {
                isCopied = state.IsCopied;
            }

            if (isCopied)
            {
                await PrepareAsync(cancellationToken);
                await uniqueness.LookAsync(cancellationToken);
            }

            await Task.Delay(LookEvery, time, cancellationToken);
        }
    }

    /// <summary>
    /// How long it would take to prepare the unique indexes that are left, at the rate measured so far: a cutover now would have to do it
    /// first (S25).
    /// </summary>
    internal TimeSpan PreparationLeft() =>
        new(Interlocked.Read(ref preparationTicks) / Math.Max(1, prepared.Count) * Unprepared().Count);

    /// <summary>Every unique index is prepared, those too that were created anew since they were; lists only if definitions changed.</summary>
    internal async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var version = state.Counters.DefinitionsApplied;
        if (Interlocked.Read(ref preparedAt) != version)
        {
            await ModifyAsync(Prepare, cancellationToken);
            _ = Interlocked.Exchange(ref preparedAt, version);
        }
    }

    /// <summary>After the destination opened: everything that was neutral is put in force. Returns what is still not as on the source.</summary>
    internal async Task<IReadOnlyList<string>> RestoreAsync(CancellationToken cancellationToken)
    {
        await ModifyAsync(FinalDefinitions.AfterOpening, cancellationToken);
        var pairs = await PairAsync(cancellationToken);
        return
        [
            .. pairs.SelectMany(pair =>
                DefinitionComparison
                    .Compare(pair.Source, pair.Destination)
                    .Select(what => $"{pair.Source.Name}: {what}")
            ),
        ];
    }

    private List<(CollectionAddress Address, string Name)> Unprepared() =>
        [.. UniquenessCheck.UniqueIndexes(state).Where(one => !prepared.ContainsKey((one.Address.Uuid, one.Name)))];

    private IReadOnlyList<RawDocument> Prepare(CollectionDescription source, CollectionDescription destination)
    {
        var changes = FinalDefinitions.BeforeOpening(source, destination);
        foreach (var change in changes)
        {
            uniqueness.Forget(destination.Uuid, change["index"].AsDocument["name"].AsString);
        }

        return changes;
    }

    private async Task<List<(CollectionDescription Source, CollectionDescription Destination)>> PairAsync(
        CancellationToken cancellationToken
    )
    {
        var there = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        var here = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
        var byUuid = here.Collections.Where(one => one.Uuid != Guid.Empty).ToDictionary(one => one.Uuid);
        var origins = there.Collections.Where(one => one.Uuid != Guid.Empty).ToDictionary(one => one.Uuid);
        return
        [
            .. keeper
                .Mappings.Where(row => origins.ContainsKey(row.SourceUuid) && byUuid.ContainsKey(row.DestinationUuid))
                .Select(row => (origins[row.SourceUuid], byUuid[row.DestinationUuid])),
        ];
    }

    private async Task ModifyAsync(
        Func<CollectionDescription, CollectionDescription, IReadOnlyList<RawDocument>> plan,
        CancellationToken cancellationToken
    )
    {
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ChangesAtOnce,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            await PairAsync(cancellationToken),
            options,
            async (pair, token) =>
            {
                foreach (var change in plan(pair.Source, pair.Destination))
                {
                    await ModifyAsync(pair.Destination.Address, change, token);
                }
            }
        );
    }

    private async Task ModifyAsync(
        CollectionAddress collection,
        RawDocument change,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await store.DefineAsync(
                token => destination.ModifyCollectionAsync(collection, change, token),
                cancellationToken
            );
        }
        catch (ClusterException gone)
            when (gone.Kind == FaultKind.Moved
                || gone.Code is ServerCodes.NamespaceNotFound or ServerCodes.IndexNotFound
            )
        {
            // Renamed or dropped since it was listed: whatever stands there now has been or will be listed anew.
        }
        catch (ClusterException refused) when (refused.Kind is FaultKind.DataConflict or FaultKind.BadRequest)
        {
            throw new MigrationFailedException(
                "DefinitionRefused",
                $"The destination refuses {change} of {collection.Name}: {refused.Message}{UniquenessCheck.Describe(refused)}",
                "Remove what stands against it (for a unique index: all but one of the documents that share a value), then run the migration again; it goes on from here.",
                refused
            );
        }
    }
}
