using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>Drops a collection everywhere; change streams are told by the primary shard alone. Its lease is held alone.</summary>
internal static class CollectionDrop
{
    /// <summary>Drops it.</summary>
    internal static async ValueTask RunAsync(
        CommandContext context,
        Router router,
        ShardServer primary,
        Namespace ns,
        RawDocument body,
        CancellationToken cancellationToken
    )
    {
        if (router.Table.Find(ns) is not { } collection)
        {
            Scatter.Check(
                await SendAsync(context, [primary], ns, body, primary, cancellationToken).ConfigureAwait(false)
            );
            return;
        }

        await UserWrites.CheckAsync(context, primary, cancellationToken).ConfigureAwait(false);
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    change.Remove(ConfigNames.Collections, entry => entry["_id"] == ns.ToString());
                    change.Remove(ConfigNames.Chunks, chunk => chunk["uuid"].AsUuid == collection.Uuid);
                    change.Remove(ConfigNames.Tags, tag => tag["ns"] == ns.ToString());
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        IReadOnlyList<ShardServer> all = [.. router.Cluster.Shards.Where(shard => shard != primary), primary];
        Scatter.Check(await SendAsync(context, all, ns, body, primary, cancellationToken).ConfigureAwait(false));
    }

    private static ValueTask<List<(ShardServer Shard, RawDocument Reply)>> SendAsync(
        CommandContext context,
        IReadOnlyList<ShardServer> shards,
        Namespace ns,
        RawDocument body,
        ShardServer primary,
        CancellationToken cancellationToken
    )
    {
        var drop = body.Has("drop") ? body : new DocumentBuilder { { "drop", ns.Collection } }.Build();
        return Scatter.SendAsync(context, shards, drop, primary.Name, cancellationToken, ns.Database);
    }
}
