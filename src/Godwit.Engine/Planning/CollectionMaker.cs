using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Planning;

/// <summary>Makes collections of the destination: created, indexed, sharded and spread before anything is written to them.</summary>
internal sealed class CollectionMaker(
    ISourceCluster source,
    IDestinationCluster destination,
    ReservedStore store,
    IndexBuilds builds,
    RetryPolicy retry
)
{
    private readonly SemaphoreSlim placing = new(1);

    /// <summary>Gives databases that the destination does not have yet their places, one after the other so that they spread.</summary>
    internal async Task PlaceAsync(IEnumerable<string> databases, CancellationToken cancellationToken)
    {
        await placing.WaitAsync(cancellationToken);
        try
        {
            foreach (var database in databases)
            {
                await store.DefineAsync(token => destination.PlaceDatabaseAsync(database, token), cancellationToken);
            }
        }
        finally
        {
            _ = placing.Release();
        }
    }

    /// <summary>Creates a collection as it is to be; returns what stands for it.</summary>
    internal async Task<CollectionMapping> CreateAsync(CollectionDescription one, CancellationToken cancellationToken)
    {
        var uuid = await store.DefineAsync(
            token => destination.CreateCollectionAsync(one.Name, NeutralOptions.ToCreate(one.Options), token),
            cancellationToken
        );
        var indexes = one
            .Indexes.Where(index => !CataloguePlanner.IsIdIndex(index))
            .Select(index => NeutralOptions.ToCreateIndex(index, one.ShardKey))
            .ToList();
        if (SupportingIndexes.Missing(one) is { } missing)
        {
            indexes.Add(missing);
        }

        if (indexes.Count > 0)
        {
            var address = new CollectionAddress(one.Name, uuid);
            var specifications = indexes.ConvertAll(index => IndexCollation.Explicit(index, one.Options));
            await builds.RunAsync(
                address,
                specifications,
                () =>
                    store.DefineAsync(
                        token => destination.CreateIndexesAsync(address, specifications, token),
                        cancellationToken
                    )
            );
        }

        if (one.ShardKey is { } key)
        {
            var bounds = await retry.RunAsync(
                token => source.ReadKeyBoundsAsync(one.Address, key, token),
                cancellationToken
            );
            await ShardAsync(
                one,
                token => destination.ShardCollectionAsync(one.Name, key, bounds, token),
                cancellationToken
            );
        }

        return new(one.Uuid, one.Name, uuid);
    }

    /// <summary>
    /// Shards a collection that is there already, or refines its key, as the source did since. Its index is not unique here until commit
    /// (S25), so neither is its key.
    /// </summary>
    internal Task FollowAsync(ShardStep step, CancellationToken cancellationToken)
    {
        var (name, key) = (step.Source.Name, step.Source.ShardKey!);
        return ShardAsync(
            step.Source,
            token =>
                step.Before is null
                    ? destination.ShardCollectionAsync(name, key with { IsUnique = false }, [], token)
                    : destination.RefineShardKeyAsync(name, key.Pattern, token),
            cancellationToken
        );
    }

    private async Task ShardAsync(
        CollectionDescription one,
        Func<CancellationToken, Task> shard,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await store.DefineAsync(shard, cancellationToken);
        }
        catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
        {
            throw new MigrationFailedException(
                "ShardingRefused",
                $"The destination does not shard {one.Name} by {one.ShardKey!.Pattern}: {refused.Message}",
                "Put right on the source what it names, then run the migration again; or cancel it and begin again with other sharding options."
            );
        }
    }
}
