using Godwit.Bson;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>
/// Shards a collection of the destination and gives every shard a part of it before anything is written: else all of it would go to
/// one, and be moved later. A hashed key is spread by the server itself.
/// </summary>
internal static class CollectionSharder
{
    internal static async Task ShardAsync(
        CommandChannel channel,
        Namespace name,
        ShardKey key,
        IReadOnlyList<RawDocument> bounds,
        CancellationToken cancellationToken
    )
    {
        await Chunks.ShardAsync(channel, name, key, cancellationToken).ConfigureAwait(false);
        if (key.BeginsHashed || bounds.Count == 0)
        {
            return;
        }

        var shards = await ListShardsAsync(channel, name, cancellationToken).ConfigureAwait(false);
        foreach (var (bound, part) in Cuts(bounds, shards.Count))
        {
            // The part from here on; the next one is cut off it in turn.
            await Chunks.SplitAsync(channel, name, bound, cancellationToken).ConfigureAwait(false);
            await Chunks.MoveAsync(channel, name, bound, shards[part], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Where each part but the first begins. A key that very many documents have is no two bounds: a shard gets nothing then.</summary>
    private static IEnumerable<(RawDocument Bound, int Part)> Cuts(IReadOnlyList<RawDocument> bounds, int parts)
    {
        RawDocument last = default;
        for (var part = 1; part < parts; part++)
        {
            var index = (int)((long)part * (bounds.Count + 1) / parts) - 1;
            if (index >= 0 && (last.IsEmpty || !ShardKey.IsSame(last, bounds[index])))
            {
                yield return (last = bounds[index], part);
            }
        }
    }

    /// <summary>The shards that are there to stay, the one first that has the least key already.</summary>
    private static async Task<IReadOnlyList<string>> ListShardsAsync(
        CommandChannel channel,
        Namespace name,
        CancellationToken cancellationToken
    )
    {
        var shards = await ShardMap.ReadShardsAsync(channel, cancellationToken).ConfigureAwait(false);
        var collections = await ShardMap
            .ReadCollectionsAsync(channel, name.Database, cancellationToken)
            .ConfigureAwait(false);
        var chunks = await ShardMap
            .ReadChunksAsync(channel, collections[name.ToString()].Uuid, cancellationToken)
            .ConfigureAwait(false);
        return
        [
            .. shards
                .Where(shard => !shard.IsDraining)
                .Select(shard => shard.Name)
                .OrderBy(shard => shard != chunks[0].Shard),
        ];
    }
}
