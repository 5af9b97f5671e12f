using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;

namespace Godwit.Engine.Planning;

/// <summary>
/// Keeps the destination's catalogue equal to the source's: lists both, plans the difference, carries it out and follows what is new
/// (S1, S1a, S4, S19). The same at the start, after every definition event and after a crash.
/// </summary>
internal sealed class CatalogueKeeper(
    SyncState state,
    WantedCatalogue wanted,
    IDestinationCluster destination,
    CollectionMaker maker,
    ReservedStore store,
    SavedProgress saved,
    DocumentRules rules,
    IndexBuilds builds,
    PassingReads passing,
    NaturalOrder naturalOrder,
    Notices notices,
    RetryPolicy retry
)
{
    private const int CreationsAtOnce = 16;

    /// <summary>How often a collection is copied anew in one life before it is taken for one whose order cannot be kept.</summary>
    private const int AnewMax = 5;

    private readonly Dictionary<string, CollectionMapping> rows = saved.Mappings.ToDictionary(ReservedStore.IdOf);
    private readonly Lock rowsGate = new();
    private readonly HashSet<Guid> adopted = [];
    private readonly Dictionary<Guid, int> timesAnew = [];

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
            await DropAnewAsync(cancellationToken);
            var known = Mappings.Where(row => !row.IsView).Select(row => row.SourceUuid).ToHashSet();
            var listing = await wanted.ListAsync(known, cancellationToken);
            var there = await retry.RunAsync(token => destination.ListCatalogueAsync(null, token), cancellationToken);
            await AdoptAsync(listing, there, cancellationToken);
            var steps = CataloguePlanner.Plan(listing.Collections, Mappings, there.Collections, rules);
            try
            {
                await CarryOutAsync(steps, there, cancellationToken);
            }
            catch (ClusterException fault) when (fault.Kind is FaultKind.Moved or FaultKind.DataConflict && attempt < 5)
            {
                await retry.WaitAsync(cancellationToken);
                continue;
            }

            Follow(listing, there);
            ListedAt = listing.Before;
            return;
        }
    }

    /// <summary>What has to be copied anew, since its order could not be kept: what stands for it goes, and it is as if it were new (S30).</summary>
    private async Task DropAnewAsync(CancellationToken cancellationToken)
    {
        List<KeyValuePair<Guid, string>> anew;
        lock (state.Gate)
        {
            anew = [.. state.Anew];
        }

        foreach (var (uuid, reason) in anew)
        {
            if (Mappings.FirstOrDefault(one => one.SourceUuid == uuid && !one.IsView) is { } row)
            {
                var count = timesAnew[uuid] = timesAnew.GetValueOrDefault(uuid) + 1;
                if (count > AnewMax)
                {
                    throw new MigrationFailedException(
                        "CappedOrderNotKept",
                        $"The collection {row.Name} was copied anew {AnewMax} times because {reason}",
                        "Find out what else writes to it on the destination, or leave it out (--exclude-namespaces)."
                    );
                }

                notices.Say($"The collection {row.Name} is copied anew, since {reason}");
                await DropAsync(new(new(row.Name, row.DestinationUuid), row), cancellationToken);
            }

            _ = adopted.Remove(uuid);
            lock (state.Gate)
            {
                _ = state.Anew.Remove(uuid);
            }
        }
    }

    /// <summary>
    /// A collection that came back under its name with another identity, sharded as before, takes over what stands for it here: no event
    /// told what was moved, so its ranges are compared with the source, and only what differs is written (S1a).
    /// </summary>
    private async Task AdoptAsync(Catalogue listing, Catalogue there, CancellationToken cancellationToken)
    {
        var before = wanted.MayMove ? Mappings : [];
        var after = IdentityTransfer.Plan([.. before], listing.Collections, there.Collections, needsSameKey: true);
        foreach (var (old, heir) in before.Zip(after).Where(pair => pair.First != pair.Second))
        {
            var left = Leave(old.SourceUuid);
            // What was on its way has arrived, or is fenced off, before anybody looks at what is there.
            await state.UntilAsync(() => state.AreLanesEmpty && left is not { IsBeingCopied: true }, cancellationToken);
            await SaveRowsAsync([heir], cancellationToken);
            await ForgetAsync(old, cancellationToken);
            _ = adopted.Add(heir.SourceUuid);
        }
    }

    private async Task CarryOutAsync(
        IReadOnlyList<CatalogueStep> steps,
        Catalogue there,
        CancellationToken cancellationToken
    )
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
            var present = there.Collections.Select(one => one.Name.Database).ToHashSet(StringComparer.Ordinal);
            var databases = creations.Select(one => one.Source.Name.Database).Distinct().Except(present).Order();
            await maker.PlaceAsync(databases, cancellationToken);
            var options = new ParallelOptions
            {
                MaxDegreeOfParallelism = CreationsAtOnce,
                CancellationToken = cancellationToken,
            };
            var created = new System.Collections.Concurrent.ConcurrentBag<CollectionMapping>();
            await Parallel.ForEachAsync(
                creations,
                options,
                async (step, token) => created.Add(await maker.CreateAsync(step.Source, token))
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
                await maker.FollowAsync(shard, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"no step that is carried out singly: {step}");
        }
    }

    private async Task DropAsync(DropStep drop, CancellationToken cancellationToken)
    {
        if (drop.Row.SourceUuid != Guid.Empty)
        {
            _ = Leave(drop.Row.SourceUuid);
        }

        if (drop.Destination.Name != default)
        {
            await store.DefineAsync(
                token => destination.DropCollectionAsync(drop.Destination, token),
                cancellationToken
            );
        }

        await ForgetAsync(drop.Row, cancellationToken);
    }

    private async Task ForgetAsync(CollectionMapping row, CancellationToken cancellationToken)
    {
        var ranges = saved.Ranges[row.SourceUuid].Select(range => range.Id);
        await store.RemoveAsync(ReservedStore.Ranges, ranges, cancellationToken);
        await store.RemoveAsync(ReservedStore.Collections, [ReservedStore.IdOf(row)], cancellationToken);
        lock (rowsGate)
        {
            _ = rows.Remove(ReservedStore.IdOf(row));
        }
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
            await builds.RunAsync(
                step.Destination,
                step.Create,
                () =>
                    store.DefineAsync(
                        token => destination.CreateIndexesAsync(step.Destination, step.Create, token),
                        cancellationToken
                    )
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

    private FollowedCollection? Leave(Guid uuid)
    {
        FollowedCollection? collection;
        lock (state.Gate)
        {
            _ = Gone.Add(uuid);
            collection = state.Find(uuid);
            if (collection is not null)
            {
                state.Leave(collection);
            }
        }

        state.Changed.Set();
        return collection;
    }

    private void Follow(Catalogue listing, Catalogue there)
    {
        var byUuid = Mappings.Where(row => !row.IsView).ToDictionary(row => row.SourceUuid);
        var keys = there
            .Collections.Where(one => one.ShardKey is not null)
            .ToDictionary(one => one.Uuid, one => one.ShardKey);
        lock (state.Gate)
        {
            foreach (var listed in listing.Collections.Where(one => one.Kind == CollectionKind.Collection))
            {
                // One that is sharded here only is written to by its key all the same (S13).
                var row = byUuid[listed.Uuid];
                var one = listed with { ShardKey = listed.ShardKey ?? keys.GetValueOrDefault(row.DestinationUuid) };
                if (state.Find(one.Uuid) is { } known)
                {
                    known.Relist(one);
                    continue;
                }

                var earlier = saved.Mappings.Any(old =>
                    old.SourceUuid == one.Uuid && old.DestinationUuid == row.DestinationUuid
                );
                var ranges = earlier
                    ? saved.Ranges[one.Uuid].Where(range => range.Destination == row.DestinationUuid).ToList()
                    : [];
                _ = Gone.Remove(one.Uuid);
                state.Follow(
                    new(one, new(one.Name, row.DestinationUuid))
                    {
                        SeenAt = listing.After,
                        Passing = passing,
                        IsCopiedInNaturalOrder = naturalOrder.Includes(one, state.IsSourceSharded),
                        IsLatecomer = ListedAt > ClusterTime.Zero && !adopted.Contains(one.Uuid),
                        MayHoldLeftovers = earlier || adopted.Contains(one.Uuid),
                        Ranges = RangeRestorer.Restore(ranges, saved.Position ?? default),
                        Kept = ranges.Aggregate(new CollectionSize(), (kept, range) => kept.Plus(range.Size)),
                    }
                );
            }
        }
    }
}
