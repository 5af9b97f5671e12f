using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Cuts a chunk in two.</summary>
internal static class ChunkSplit
{
    /// <summary>Cuts the chunk of a key there.</summary>
    internal static async ValueTask AtAsync(
        ShardedCluster cluster,
        ShardedCollection collection,
        RawDocument point,
        CancellationToken cancellationToken
    )
    {
        if (!collection.Key.Fits(point))
        {
            throw Plain($"new split key {point} is not valid for shard key pattern {collection.Key.Source}");
        }

        _ = await cluster
            .ChangeAsync(change => Split(change, cluster, collection, point), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Cuts a chunk where a range begins or ends, unless one begins there already.</summary>
    internal static async ValueTask EnsureAsync(
        ShardedCluster cluster,
        Namespace ns,
        RawDocument bound,
        CancellationToken cancellationToken
    )
    {
        if (
            cluster.Table.Find(ns) is { } collection
            && !collection.ChunkOf(bound).Minimum.Equals(bound)
            && !bound.Equals(collection.Key.Maximum)
        )
        {
            await AtAsync(cluster, collection, bound, cancellationToken).ConfigureAwait(false);
        }
    }

    // The newest chunks count: others may have been cut or moved since the collection was looked up.
    private static void Split(
        MetadataChange change,
        ShardedCluster cluster,
        ShardedCollection collection,
        RawDocument point
    )
    {
        var newest = cluster.Table.Find(collection.Namespace);
        if (newest is null || newest.Uuid != collection.Uuid)
        {
            throw new CommandException(
                ErrorCode.ConflictingOperationInProgress,
                $"collection {collection.Namespace} was changed while a chunk of it was split"
            );
        }

        var chunk = newest.ChunkOf(point);
        if (chunk.Minimum.Equals(point) || chunk.Maximum.Equals(point))
        {
            throw Plain($"new split key {point} is a boundary key of existing chunk [{chunk.Minimum},{chunk.Maximum})");
        }

        var parts = ChunkMath.Split(newest, chunk, [point], cluster.Time);
        parts.ForEach(part => change.Put(ConfigNames.Chunks, part.ToDocument(newest.Uuid)));
        ChangeLog.Add(
            change,
            "split",
            newest.Namespace.ToString(),
            new DocumentBuilder
            {
                { "before", Shown(chunk) },
                { "left", Shown(parts[0]) },
                { "right", Shown(parts[^1]) },
                { "owningShard", chunk.Shard },
            }.Build()
        );
    }

    private static DocumentBuilder Shown(Chunk chunk) =>
        new()
        {
            { "min", chunk.Minimum },
            { "max", chunk.Maximum },
            { "lastmod", chunk.Version },
        };

    private static CommandException Plain(string message) => new(ErrorCode.OK, message);
}
