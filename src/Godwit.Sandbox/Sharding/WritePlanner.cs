using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Sharding;

/// <summary>Decides where the statements of writes go: by the shard key where that is given, else to all who may have a document.</summary>
internal sealed class WritePlanner(CommandContext context, Router router, Namespace ns)
{
    private readonly ShardedCollection? collection = router.Table.Find(ns) is { IsUnsplittable: false } found
        ? found
        : null;

    /// <summary>The collection, where it is sharded.</summary>
    internal ShardedCollection? Collection => collection;

    /// <summary>Where a document to be inserted goes.</summary>
    internal WritePlan ForInsert(RawDocument document) =>
        collection is null ? Home() : Owner(collection.Key.KeyOf(document));

    /// <summary>Where an update or delete goes.</summary>
    /// <param name="filter">Its filter.</param>
    /// <param name="collation">Its collation.</param>
    /// <param name="isMulti">Whether it is for all documents.</param>
    /// <param name="isUpsert">Whether it inserts where there is none.</param>
    internal WritePlan For(RawDocument filter, RawDocument? collation, bool isMulti, bool isUpsert)
    {
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
        return isUpsert ? new(shards, IsOneOf: true)
            : isMulti || shards.Count == 1 || KeyTargeting.FixesId(parsed) ? new(shards)
            : new(shards, IsOneOf: true);
    }

    /// <summary>The shard of a key.</summary>
    internal WritePlan Owner(RawDocument key) => new([router.Cluster.Shard(collection!.ChunkOf(key).Shard)]);

    private WritePlan Home() => new(router.HomeOf(ns) is { } home ? [home] : []);
}
