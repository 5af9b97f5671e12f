using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// The indexes that find the documents of a range of the shard key, of which a sharded collection keeps one
/// (<c>shard_key_index_util.cpp</c>). A hashed key needs none: its ranges are found without, since 7.0.
/// </summary>
internal static class ShardKeyIndexes
{
    /// <summary>Whether an index may not go, or be hidden, since no other one supports the shard key.</summary>
    internal static bool IsLast(WriteOperation operation, CollectionInfo collection, IndexInfo index) =>
        KeyOf(operation, collection) is { } key
        && ShardCollectionRules.Supports(index, key)
        && !collection.Indexes.Any(other =>
            other.Name != index.Name
            && !other.IsHidden
            && ShardCollectionRules.Supports(other, key)
            && !operation.View.IsMultikey(other)
        );

    /// <summary>Whether an index stays when all others are dropped.</summary>
    internal static bool IsKept(WriteOperation operation, CollectionInfo collection, IndexInfo index) =>
        KeyOf(operation, collection) is { } key && ShardCollectionRules.Supports(index, key);

    private static ShardKeyPattern? KeyOf(WriteOperation operation, CollectionInfo collection) =>
        operation.View.Routing?.KeyOf(collection) is { } key
        && !(key.IsHashed && operation.Node.Options.ServerVersion.Knows(Novelties.HashedKeyWithoutIndex))
            ? key
            : null;
}
