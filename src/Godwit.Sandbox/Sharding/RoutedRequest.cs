using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What a router sends with a request beside its document: the routing table it went by. The shard leaves out documents that are
/// not its own, and names documents by the shard key. It stands for the shard versions of MongoDB's protocol; a table cannot be
/// stale, since routers hold a lease on what they route by while a request runs.
/// </summary>
/// <param name="Table">The routing table.</param>
/// <param name="Shard">The shard the request goes to.</param>
internal sealed record RoutedRequest(RoutingTable Table, string Shard)
{
    /// <summary>Whether what the request changes is told elsewhere, so that change streams leave it out.</summary>
    internal bool IsMigrating { get; init; }

    /// <summary>The time the request tells, of one that is sent to several shards at once; <see langword="null"/> for that of its arrival.</summary>
    internal ClusterTime? SentAt { get; init; }

    /// <summary>The shard key of a collection; <see langword="null"/> where it is not sharded.</summary>
    internal ShardKeyPattern? KeyOf(CollectionInfo collection) => Find(collection)?.Key;

    /// <summary>The routing table of a collection; <see langword="null"/> where it is not sharded.</summary>
    internal ShardedCollection? Find(CollectionInfo collection) =>
        Table.Find(collection.Namespace) is { IsUnsplittable: false } found && found.Uuid == collection.Uuid
            ? found
            : null;

    /// <summary>Which documents of a collection are the shard's own in a view; <see langword="null"/> for all.</summary>
    internal Ownership? Of(CollectionInfo collection, ReadView view) =>
        Find(collection) is { } found ? new(found, Shard, view) : null;
}
