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
        if (key.IsHashed || bounds.Count == 0)
        {
            return;
        }

        var shards = await ListShardsAsync(channel, name, cancellationToken).ConfigureAwait(false);
        for (var part = 1; part < shards.Count; part++)
        {
            var index = (int)((long)part * (bounds.Count + 1) / shards.Count) - 1;
            if (index < 0)
            {
                continue;
            }

            // The part from here on; the next one is cut off it in turn.
            await Chunks.SplitAsync(channel, name, bounds[index], cancellationToken).ConfigureAwait(false);
            await Chunks.MoveAsync(channel, name, bounds[index], shards[part], cancellationToken).ConfigureAwait(false);
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
