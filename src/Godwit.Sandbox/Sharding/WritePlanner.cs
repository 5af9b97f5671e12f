using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Sharding;

/// <summary>Decides where the statements of writes go: by the shard key where that is given, else to all who may have a document.</summary>
internal sealed class WritePlanner(CommandContext context, Router router, Namespace ns)
{
    private readonly ShardedCollection? collection = router.Table.Find(ns) is { IsUnsplittable: false } found
        ? found
        : null;

    private readonly SeriesRouting? series = SeriesRouting.Of(router, ns);

    /// <summary>The collection, where it is sharded.</summary>
    internal ShardedCollection? Collection => collection;

    /// <summary>Where a document to be inserted goes.</summary>
    internal WritePlan ForInsert(RawDocument document) =>
        series is { } routing ? new([router.Cluster.Shard(routing.OwnerOf(document))])
        : collection is null ? Home()
        : Owner(collection.Key.KeyOf(document));

    /// <summary>Where an update or delete goes.</summary>
    /// <param name="filter">Its filter.</param>
    /// <param name="collation">Its collation.</param>
    /// <param name="isMulti">Whether it is for all documents.</param>
    /// <param name="isUpsert">Whether it inserts where there is none.</param>
    /// <param name="replacement">The document that takes the place of the one met; <see langword="null"/> for operators and deletes.</param>
    internal WritePlan For(
        RawDocument filter,
        RawDocument? collation,
        bool isMulti,
        bool isUpsert,
        RawDocument? replacement = null
    )
    {
        if (series is { } routing && context.Traits.Name != "findAndModify")
        {
            // Measurements of one source may be on any shard: of deletes for one, the first that finds any does it.
            return new([.. routing.Collection.Owners().Select(router.Cluster.Shard)]) { EndsWithFirst = !isMulti };
        }

        if (collection is null)
        {
            return Home();
        }

        var strings = collation is { IsEmpty: false } given ? Collations.Of(given) : collection.Collation;
        var parsed = Filter.Parse(filter, QueryContexts.For(context, strings, context.Arguments.Document("let")));
        var targeting = new KeyTargeting(collection);
        if (targeting.KeyOf(parsed, strings) is { } key)
        {
            return Owner(key);
        }

        IReadOnlyList<ShardServer> shards = [.. targeting.ShardsOf(parsed, strings).Select(router.Cluster.Shard)];
        var fixesId = KeyTargeting.FixesId(parsed);
        var needsNoKey = context.Member.Profile.Version.Knows(Novelties.WriteWithoutShardKey);
        if (isUpsert && (isMulti || !needsNoKey))
        {
            throw Unaimed(shards.Count, isUpsert);
        }

        // By the key that the new document has, wherever the old one is (collection_routing_info_targeter.cpp).
        if (!isMulti && shards.Count > 1 && replacement is { } document && (fixesId || !needsNoKey))
        {
            return Owner(collection.Key.KeyOf(document));
        }

        var isFound = isMulti || shards.Count == 1 || fixesId;
        if (!needsNoKey && (!isFound || context.Traits.Name == "findAndModify"))
        {
            throw Unaimed(shards.Count, isUpsert);
        }

        return !isUpsert && isFound ? new(shards) : new(shards, IsOneOf: true);
    }

    // The refusals of releases that need the shard key.
    private CommandException Unaimed(int shards, bool isUpsert)
    {
        const string Demand =
            "must contain an exact match on _id (and have the collection default collation) or contain the shard key (and have the simple collation)";
        var pattern = collection!.Key.Source;
        return context.Traits.Name switch
        {
            "findAndModify" => new(
                ErrorCode.ShardKeyNotFound,
                "Query for sharded findAndModify must contain the shard key"
            ),
            "delete" => new(
                ErrorCode.ShardKeyNotFound,
                $"A single delete on a sharded collection {Demand}. Shard key pattern: {pattern}"
            ),
            _ when isUpsert => new(
                ErrorCode.ShardKeyNotFound,
                "Failed to target upsert by query :: could not extract exact shard key"
            ),
            _ => new(
                ErrorCode.InvalidOptions,
                $"A {{multi:false}} update on a sharded collection {Demand}, but this update targeted {shards} shards. Shard key pattern: {pattern}"
            ),
        };
    }

    /// <summary>The shard of a key.</summary>
    internal WritePlan Owner(RawDocument key) => new([router.Cluster.Shard(collection!.ChunkOf(key).Shard)]);

    private WritePlan Home() => new(router.HomeOf(ns) is { } home ? [home] : []);
}
