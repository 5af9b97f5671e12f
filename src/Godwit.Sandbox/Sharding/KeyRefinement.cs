using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Adds fields to a shard key: the chunks keep their shards, their bounds get the lowest values of the new fields.</summary>
internal static class KeyRefinement
{
    /// <summary>Refines the key.</summary>
    internal static async ValueTask RunAsync(
        CommandContext context,
        Router router,
        Namespace ns,
        ShardKeyPattern key,
        CancellationToken cancellationToken
    )
    {
        using var lease = await router.Cluster.Leases.OwnAsync(ns, cancellationToken).ConfigureAwait(false);
        var collection = Commands.ChunkCommands.Collection(context, router);
        if (collection.Key.Source == key.Source)
        {
            return;
        }

        if (!collection.Key.IsPrefixOf(key.Source))
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                $"refineCollectionShardKey shard key {key.Source} does not extend the current shard key {collection.Key.Source}"
            );
        }

        var primary = router.PrimaryOf(ns.Database)!;
        await UserWrites.CheckAsync(context, primary, cancellationToken).ConfigureAwait(false);
        await CheckIndexesAsync(primary, ns, key, collection, cancellationToken).ConfigureAwait(false);
        _ = await router
            .Cluster.ChangeAsync(change => Record(change, router, collection, key), cancellationToken)
            .ConfigureAwait(false);
        var description = new DocumentBuilder
        {
            { "refineCollectionShardKey", ns.ToString() },
            { "shardKey", key.Source },
            { "oldShardKey", collection.Key.Source },
        };
        await OplogNote
            .WriteAsync(primary, ns, collection.Uuid, description.Build(), cancellationToken)
            .ConfigureAwait(false);
    }

    private static async ValueTask CheckIndexesAsync(
        ShardServer primary,
        Namespace ns,
        ShardKeyPattern key,
        ShardedCollection collection,
        CancellationToken cancellationToken
    )
    {
        var info = await CollectionDefinition.FindAsync(primary, ns, cancellationToken).ConfigureAwait(false);
        try
        {
            if (info is not null)
            {
                _ = ShardCollectionRules.CheckIndexes(ns, info, key, collection.IsUnique, isEmpty: false);
            }
        }
        catch (CommandException refusal)
        {
            throw refusal.With(
                $"Failed command {{ _shardsvrValidateShardKeyCandidate: \"{ns}\", key: {key.Source} }} for database '{ns.Database}' on shard '{primary.Name}'"
            );
        }
    }

    private static void Record(MetadataChange change, Router router, ShardedCollection collection, ShardKeyPattern key)
    {
        change.Put(
            ConfigNames.Collections,
            CommandBody.With(
                collection.Document,
                ("lastmodEpoch", ObjectIds.New(router.Cluster.Time)),
                ("lastmod", RawValue.DateTime(router.Cluster.Time.GetUtcNow())),
                ("timestamp", change.Time),
                ("key", key.Source)
            )
        );
        foreach (var chunk in collection.Chunks)
        {
            var refined = chunk with { Minimum = key.Fill(chunk.Minimum), Maximum = key.Fill(chunk.Maximum) };
            change.Put(ConfigNames.Chunks, refined.ToDocument(collection.Uuid));
        }

        foreach (var tag in change.Where(ConfigNames.Tags, tag => tag["ns"] == collection.Namespace.ToString()))
        {
            change.Put(
                ConfigNames.Tags,
                CommandBody.With(
                    tag,
                    ("min", key.Fill(tag["min"].AsDocument)),
                    ("max", key.Fill(tag["max"].AsDocument))
                )
            );
        }
    }
}
