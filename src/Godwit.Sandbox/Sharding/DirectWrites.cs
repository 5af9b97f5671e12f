using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Writes that reach a shard past the routers: a document that another shard owns is stored, but change streams leave it out
/// (sessions-sharded/routing, step 38).
/// </summary>
internal static class DirectWrites
{
    /// <summary>What tells such documents; <see langword="null"/> for a request of a router's, or outside of clusters.</summary>
    internal static Func<CollectionInfo, RawDocument, bool>? Of(CommandContext context)
    {
        if (
            context.Request.Routing is not null
            || context.Member.Options is not { Role: ClusterRole.Shard, Cluster: { } cluster }
        )
        {
            return null;
        }

        return (collection, document) =>
            cluster.Table.Find(collection.Namespace) is { IsUnsplittable: false } sharded
            && sharded.Uuid == collection.Uuid
            && sharded.Key.TryKeyOf(document) is { } key
            && cluster.Shard(sharded.ChunkOf(key).Shard).SetName != context.Member.Node.Options.ReplicaSet;
    }
}
