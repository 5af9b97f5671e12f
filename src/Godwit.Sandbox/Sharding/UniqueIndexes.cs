using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>A shard can promise uniqueness only for keys of which it has all documents: those that begin with the shard key.</summary>
internal static class UniqueIndexes
{
    /// <summary>Refuses a unique index on a sharded collection that does not begin with its shard key.</summary>
    internal static void Check(CommandContext context, CollectionInfo collection, RawDocument spec)
    {
        if (
            !(spec["unique"].IsTruthy() || spec["prepareUnique"].IsTruthy())
            || context.Request.Routing?.KeyOf(collection) is not { } key
            || IsPromised(key, spec)
        )
        {
            return;
        }

        throw new CommandException(
            ErrorCode.CannotCreateIndex,
            $"Index build failed: {Guid.NewGuid()}: Collection {collection.Namespace} ( {collection.Uuid} ) :: caused by :: cannot create index with 'unique' or 'prepareUnique' option over {spec["key"]} with shard key pattern {key.Source}"
        );
    }

    /// <summary>Whether all documents of one key of a unique index are on one shard.</summary>
    internal static bool IsPromised(ShardKeyPattern key, RawDocument spec) =>
        spec["name"] is { Type: BsonType.String } name && name.AsString == "_id_"
        || (!key.IsHashed && key.IsPrefixOf(spec["key"].AsDocument));
}
