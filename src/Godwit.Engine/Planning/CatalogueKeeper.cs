using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Planning;

/// <summary>
/// Keeps the destination's catalogue equal to the source's: lists both, plans the difference, carries it out and follows what is new
/// (S1, S1a, S4, S19). The same at the start, after every definition event and after a crash.
/// </summary>
internal sealed class CatalogueKeeper(
    SyncState state,
    ISourceCluster source,
    IDestinationCluster destination,
    ReservedStore store,
    SavedProgress saved,
    bool isDestinationSharded,
    RetryPolicy retry
)
{
    private const int CreationsAtOnce = 16;
    private readonly Dictionary<string, CollectionMapping> rows = saved.Mappings.ToDictionary(ReservedStore.IdOf);
    private readonly Lock rowsGate = new();

    /// <summary>Definition events up to this time are in the last listing.</summary>
    internal ClusterTime ListedAt { get; private set; }

    /// <summary>Source UUIDs that no listing has: their events mean nothing any more.</summary>
    internal HashSet<Guid> Gone { get; } = [];

    internal IReadOnlyCollection<CollectionMapping> Mappings
    {
        get
        {
            lock (rowsGate)
            {
                return [.. rows.Values];
            }
        }
    }

    /// <summary>A definition changed, or an unknown UUID appeared: everything routed so far is written first (S19).</summary>
    internal async Task HandleAsync(CancellationToken cancellationToken)
    {
        // Dirty keys are not waited for: one in a collection that was just dropped or renamed can only be read after this.
        await state.UntilAsync(() => state.AreLanesEmpty, cancellationToken);
        await ReconcileAsync(cancellationToken);
        state.Counters.AddDefinition();
    }

    /// <summary>Lists both sides and brings the destination to the source.</summary>
    internal async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var listing = await ListSourceAsync(cancellationToken);
            var there = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
            var steps = CataloguePlanner.Plan(listing.Collections, Mappings, there.Collections);
            try
            {
                await CarryOutAsync(steps, cancellationToken);
            }
            catch (ClusterException fault) when (fault.Kind is FaultKind.Moved or FaultKind.DataConflict && attempt < 5)
            {
                await retry.WaitAsync(cancellationToken);
                continue;
            }

            Follow(listing);
            ListedAt = listing.Before;
            return;
        }
    }

    /// <summary>
    /// A listing is no snapshot: a collection that was just being renamed may be in none of its parts. What is missing counts as gone
    /// only when a second listing lacks it too.
    /// </summary>
    private async Task<Catalogue> ListSourceAsync(CancellationToken cancellationToken)
    {
        var listing = await ListOnceAsync(cancellationToken);
        var known = Mappings.Where(row => !row.IsView).Select(row => row.SourceUuid).ToHashSet();
        var listed = listing.Collections.Select(one => one.Uuid).ToHashSet();
        return known.IsSubsetOf(listed) ? listing : await ListOnceAsync(cancellationToken);
    }

    /// <summary>
    /// A listing without temporary collections: the server fills those in ways that events may not show, then renames them (S1a). Under
    /// their final name they are read at a time after that.
    /// </summary>
    private async Task<Catalogue> ListOnceAsync(CancellationToken cancellationToken)
    {
        var all = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        var lasting = all.Collections.Where(one => !one.Options["temp"].IsTruthy());
        return all with { Collections = [.. isDestinationSharded ? lasting : lasting.Select(Unsharded)] };
    }

    /// <summary>How it is to be on a replica set, which shards nothing.</summary>
    private static CollectionDescription Unsharded(CollectionDescription one) => one with { ShardKey = null };

    private async Task CarryOutAsync(IReadOnlyList<CatalogueStep> steps, CancellationToken cancellationToken)
    {
        if (steps.OfType<ConflictStep>().FirstOrDefault() is { } conflict)
        {
            throw new MigrationFailedException(
                "NamespaceConflict",
                $"{conflict.Name} exists on the destination and is not of this migration",
                "Drop or rename it on the destination, then run the migration again."
            );
        }

        foreach (var step in steps.Where(one => one is not CreateStep))
        {
            if (step is IndexStep or ViewStep or ShardStep)
            {
                continue;
            }

            await CarryOutAsync(step, cancellationToken);
        }

        var creations = steps.OfType<CreateStep>().ToList();
        if (creations.Count > 0)
        {
            await SaveRowsAsync(
                creations.Select(one => new CollectionMapping(one.Source.Uuid, one.Source.Name, Guid.Empty)),
                cancellationToken
            );
            var options = new ParallelOptions
            {
                MaxDegreeOfParallelism = CreationsAtOnce,
                CancellationToken = cancellationToken,
            };
            var created = new System.Collections.Concurrent.ConcurrentBag<CollectionMapping>();
            await Parallel.ForEachAsync(
                creations,
                options,
                async (step, token) => created.Add(await CreateAsync(step.Source, token))
            );
            await SaveRowsAsync(created, cancellationToken);
        }

        foreach (var step in steps.Where(one => one is IndexStep or ViewStep or ShardStep))
        {
            await CarryOutAsync(step, cancellationToken);
        }
    }

    private async Task CarryOutAsync(CatalogueStep step, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case DropStep drop:
                await DropAsync(drop, cancellationToken);
                break;
            case RenameStep rename:
                await store.DefineAsync(
                    token =>
                        destination.RenameCollectionAsync(rename.Destination, rename.NewName, dropTarget: false, token),
                    cancellationToken
                );
                await SaveRowsAsync([rename.Row with { Name = rename.NewName }], cancellationToken);
                break;
            case IndexStep indexes:
                await ChangeIndexesAsync(indexes, cancellationToken);
                break;
            case ViewStep view:
                await PutViewAsync(view, cancellationToken);
                break;
            case ShardStep shard:
                await ShardAsync(shard, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"no step that is carried out singly: {step}");
        }
    }

    private async Task DropAsync(DropStep drop, CancellationToken cancellationToken)
    {
        if (drop.Row.SourceUuid != Guid.Empty)
        {
            Leave(drop.Row.SourceUuid);
            var ids = saved.Ranges[drop.Row.SourceUuid].Select(range => range.Id);
            await store.RemoveAsync(ReservedStore.Ranges, ids, cancellationToken);
        }

        if (drop.Destination.Name != default)
        {
            await store.DefineAsync(
                token => destination.DropCollectionAsync(drop.Destination, token),
                cancellationToken
            );
        }

        await store.RemoveAsync(ReservedStore.Collections, [ReservedStore.IdOf(drop.Row)], cancellationToken);
        lock (rowsGate)
        {
            _ = rows.Remove(ReservedStore.IdOf(drop.Row));
        }
    }

    private async Task<CollectionMapping> CreateAsync(CollectionDescription one, CancellationToken cancellationToken)
    {
        var uuid = await store.DefineAsync(
            token => destination.CreateCollectionAsync(one.Name, NeutralOptions.ToCreate(one.Options), token),
            cancellationToken
        );
        var indexes = one
            .Indexes.Where(index => !CataloguePlanner.IsIdIndex(index))
            .Select(index => NeutralOptions.ToCreateIndex(index, one.ShardKey))
            .ToList();
        if (indexes.Count > 0)
        {
            var address = new CollectionAddress(one.Name, uuid);
            await store.DefineAsync(
                token => destination.CreateIndexesAsync(address, indexes, token),
                cancellationToken
            );
        }

        if (one.ShardKey is { } key)
        {
            var bounds = await retry.RunAsync(
                token => source.ReadChunkBoundsAsync(one.Address, token),
                cancellationToken
            );
            await store.DefineAsync(
                token => destination.ShardCollectionAsync(one.Name, key, bounds, token),
                cancellationToken
            );
        }

        return new(one.Uuid, one.Name, uuid);
    }

    /// <summary>
    /// The source has sharded a collection, or refined its key, since it was created here. Its index is not unique here until commit
    /// (S25), so neither is its key.
    /// </summary>
    private Task ShardAsync(ShardStep step, CancellationToken cancellationToken)
    {
        var (name, key) = (step.Source.Name, step.Source.ShardKey!);
        return store.DefineAsync(
            token =>
                step.Before is null
                    ? destination.ShardCollectionAsync(name, key with { IsUnique = false }, [], token)
                    : destination.RefineShardKeyAsync(name, key.Pattern, token),
            cancellationToken
        );
    }

    private async Task ChangeIndexesAsync(IndexStep step, CancellationToken cancellationToken)
    {
        foreach (var name in step.Drop)
        {
            await store.DefineAsync(
                token => destination.DropIndexAsync(step.Destination, name, token),
                cancellationToken
            );
        }

        if (step.Create.Count > 0)
        {
            await store.DefineAsync(
                token => destination.CreateIndexesAsync(step.Destination, step.Create, token),
                cancellationToken
            );
        }
    }

    private async Task PutViewAsync(ViewStep view, CancellationToken cancellationToken)
    {
        var address = new CollectionAddress(view.Source.Name, Guid.Empty);
        await SaveRowsAsync([new(Guid.Empty, view.Source.Name, Guid.Empty)], cancellationToken);
        if (view.Exists)
        {
            await store.DefineAsync(token => destination.DropCollectionAsync(address, token), cancellationToken);
        }

        _ = await store.DefineAsync(
            token => destination.CreateCollectionAsync(view.Source.Name, view.Source.Options, token),
            cancellationToken
        );
    }

    private async Task SaveRowsAsync(IEnumerable<CollectionMapping> changed, CancellationToken cancellationToken)
    {
        var list = changed.ToList();
        await store.PutAsync(ReservedStore.Collections, list.Select(ReservedStore.Write), cancellationToken);
        lock (rowsGate)
        {
            foreach (var row in list)
            {
                rows[ReservedStore.IdOf(row)] = row;
            }
        }
    }

    private void Leave(Guid uuid)
    {
        lock (state.Gate)
        {
            _ = Gone.Add(uuid);
            if (state.Find(uuid) is { } collection)
            {
                state.Leave(collection);
            }
        }

        state.Changed.Set();
    }

    private void Follow(Catalogue listing)
    {
        var byUuid = Mappings.Where(row => !row.IsView).ToDictionary(row => row.SourceUuid);
        lock (state.Gate)
        {
            foreach (var one in listing.Collections.Where(one => one.Kind == CollectionKind.Collection))
            {
                if (state.Find(one.Uuid) is { } known)
                {
                    known.Relist(one);
                    continue;
                }

                var row = byUuid[one.Uuid];
                var earlier = saved.Mappings.Any(old =>
                    old.SourceUuid == one.Uuid && old.DestinationUuid == row.DestinationUuid
                );
                var ranges = earlier ? saved.Ranges[one.Uuid].ToList() : [];
                state.Follow(
                    new(one, new(one.Name, row.DestinationUuid))
                    {
                        SeenAt = listing.After,
                        MayHoldLeftovers = earlier,
                        Ranges = RangeRestorer.Restore(ranges, saved.Position ?? default),
                        Kept = ranges.Aggregate(new CollectionSize(), (kept, range) => kept.Plus(range.Size)),
                    }
                );
            }
        }
    }
}
