using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>What MongoDB asks of a collection before it shards it.</summary>
internal static class ShardCollectionRules
{
    /// <summary>Refuses names that can never be sharded.</summary>
    internal static void CheckName(Namespace ns)
    {
        if (ns.Database.Length == 0 || ns.Collection.Length == 0)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"Invalid namespace specified '{ns.Database}{ns.Collection}'"
            );
        }

        var isSystem =
            ns.Collection.StartsWith("system.", StringComparison.Ordinal)
            && !ns.Collection.StartsWith("system.buckets.", StringComparison.Ordinal);
        if (isSystem || ns.Database is "admin" or "config" or "local")
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                $"Special collection '{ns}' can't be registered in the sharding catalog"
            );
        }
    }

    /// <summary>Refuses a collation asked for that is not the simple one.</summary>
    internal static void CheckCollation(RawDocument? asked)
    {
        if (
            asked is { } collation
            && collation["locale"] is var locale
            && !(locale.Type == BsonType.String && locale.AsString == "simple")
        )
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"The collation for shardCollection must be {{locale: 'simple'}}, but found: {collation}"
            );
        }
    }

    /// <summary>Refuses kinds of collections that cannot be sharded.</summary>
    internal static void Check(Namespace ns, CollectionInfo? collection, RawDocument? asked)
    {
        if (collection is null)
        {
            return;
        }

        if (collection.IsView)
        {
            throw new CommandException(
                ErrorCode.CommandNotSupportedOnView,
                $"Cannot shard collection '{ns}' because a view already exists with the same namespace"
            );
        }

        if (collection.IsCapped)
        {
            throw new CommandException(ErrorCode.InvalidOptions, "can't shard a capped collection");
        }

        if (asked is null && collection.Options["collation"] is { Type: BsonType.Document } own)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"If no collation was specified, the collection collation must be {{locale: 'simple'}}, but found: {own}"
            );
        }
    }

    /// <summary>Refuses indexes that cannot go with the key; gives the index to be made, where none supports it.</summary>
    internal static RawDocument? CheckIndexes(
        Namespace ns,
        CollectionInfo collection,
        ShardKeyPattern key,
        bool isUnique,
        bool isEmpty
    )
    {
        foreach (var index in collection.Indexes.Where(index => index.IsUnique || index.IsPrepareUnique))
        {
            if (!UniqueIndexes.IsPromised(key, index.Spec))
            {
                throw new CommandException(
                    ErrorCode.InvalidOptions,
                    $"can't shard collection '{ns}' with unique index on {index.Key} and proposed shard key {key.Source}. Uniqueness can't be maintained unless shard key is a prefix"
                );
            }
        }

        var supporting = collection.Indexes.FirstOrDefault(index => Supports(index, key));
        if (supporting is null && !isEmpty)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Please create an index that starts with the proposed shard key before sharding the collection. "
            );
        }

        if (isUnique && supporting is { } found && !(found.IsUnique && found.Key == key.Source))
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                $"can't shard collection {ns} with unique shard key {key.Source}: the index on it is not unique"
            );
        }

        return supporting is null ? Spec(collection, key, isUnique) : null;
    }

    /// <summary>Whether an index finds the documents of a range of the key.</summary>
    internal static bool Supports(IndexInfo index, ShardKeyPattern key) =>
        key.IsPrefixOf(index.Key)
        && index.IsReady
        && !index.Spec.Has("partialFilterExpression")
        && !index.Spec["sparse"].IsTruthy()
        && index.Keys.Collation is null;

    private static RawDocument Spec(CollectionInfo collection, ShardKeyPattern key, bool isUnique)
    {
        var name = string.Join(
            '_',
            key.Source.Select(e => $"{e.Name}_{(e.Value.Type == BsonType.String ? "hashed" : "1")}")
        );
        return new DocumentBuilder
        {
            { "key", key.Source },
            { "name", name },
            { "unique", isUnique ? true : RawValue.Missing },
            {
                "collation",
                collection.Options.Has("collation")
                    ? new DocumentBuilder { { "locale", "simple" } }
                    : RawValue.Missing
            },
        }.Build();
    }
}
