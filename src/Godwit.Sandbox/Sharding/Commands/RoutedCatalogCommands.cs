using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>create</c>: on the primary shard of the database, which is made where it is missing.</summary>
internal sealed class RoutedCreate() : RoutedCommand("create")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        var primary = await router.EnsureDatabaseAsync(ns.Database, cancellationToken).ConfigureAwait(false);
        using var lease = await router.Transactions.HoldAsync(context, ns, cancellationToken).ConfigureAwait(false);
        return await ForwardAsync(context, router.HomeOf(ns) ?? primary, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary><c>drop</c>: on every shard, and out of the metadata.</summary>
internal sealed class RoutedDrop() : RoutedCommand("drop")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        if (router.PrimaryOf(ns.Database) is not { } primary)
        {
            return RawDocument.Empty;
        }

        var name = router.Table.NameOf(ns);
        using var lease = await router.Cluster.Leases.OwnAsync(name, cancellationToken).ConfigureAwait(false);
        var body = name == ns ? context.Body : CommandBody.With(context.Body, ("drop", name.Collection));
        await CollectionDrop.RunAsync(context, router, primary, name, body, cancellationToken).ConfigureAwait(false);
        return RawDocument.Empty;
    }
}

/// <summary><c>dropDatabase</c>: its sharded collections one by one, then what is left on every shard.</summary>
internal sealed class RoutedDropDatabase() : RoutedCommand("dropDatabase")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var database = context.Database;
        if (database is "admin" or "config")
        {
            throw new CommandException(ErrorCode.IllegalOperation, $"Cannot drop '{database}' database via mongos");
        }

        if (router.PrimaryOf(database) is not { } primary)
        {
            return RawDocument.Empty;
        }

        using var lease = await router.Cluster.Leases.OwnAsync(database, cancellationToken).ConfigureAwait(false);
        await UserWrites.CheckAsync(context, primary, cancellationToken).ConfigureAwait(false);
        foreach (
            var ns in router.Table.Collections.Select(entry => entry.Namespace).Where(ns => ns.Database == database)
        )
        {
            var body = new DocumentBuilder { { "drop", ns.Collection } }.Build();
            await CollectionDrop.RunAsync(context, router, primary, ns, body, cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<ShardServer> order = [primary, .. router.Cluster.Shards.Where(shard => shard != primary)];
        Scatter.Check(
            await Scatter.SendAsync(context, order, context.Body, null, cancellationToken).ConfigureAwait(false)
        );
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    change.Remove(ConfigNames.Databases, entry => entry["_id"] == database);
                    change.Remove(
                        ConfigNames.Tags,
                        tag => tag["ns"].AsString.StartsWith(database + ".", StringComparison.Ordinal)
                    );
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return RawDocument.Empty;
    }
}

/// <summary><c>renameCollection</c>: on every shard, and in the metadata.</summary>
internal sealed class RoutedRename() : RoutedCommand("renameCollection")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var from = NamespaceRules.Check(Namespace.Parse(context.Arguments.RequiredString("renameCollection")));
        var to = NamespaceRules.Check(Namespace.Parse(context.Arguments.RequiredString("to")));
        var primary =
            router.PrimaryOf(from.Database)
            ?? throw new CommandException(ErrorCode.NamespaceNotFound, $"Source collection {from} does not exist");
        var other = await router.EnsureDatabaseAsync(to.Database, cancellationToken).ConfigureAwait(false);
        var ordered = new[] { from, to }.Distinct().OrderBy(ns => ns.ToString(), StringComparer.Ordinal).ToList();
        using var first = await router.Cluster.Leases.OwnAsync(ordered[0], cancellationToken).ConfigureAwait(false);
        using var second =
            ordered.Count > 1
                ? await router.Cluster.Leases.OwnAsync(ordered[1], cancellationToken).ConfigureAwait(false)
                : null;
        var collection = router.Table.Find(from);
        CheckPlaces(from, to, collection, primary, other);
        await UserWrites.CheckAsync(context, primary, cancellationToken).ConfigureAwait(false);
        if (router.Table.Find(to) is not null && context.Body["dropTarget"].IsTruthy())
        {
            var drop = new DocumentBuilder { { "drop", to.Collection } }.Build();
            await CollectionDrop.RunAsync(context, router, primary, to, drop, cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<ShardServer> shards = collection is null
            ? [primary]
            : [.. collection.Owners().Select(router.Cluster.Shard).Where(shard => shard != primary), primary];
        Scatter.Check(
            await Scatter
                .SendAsync(context, shards, context.Body, primary.Name, cancellationToken)
                .ConfigureAwait(false)
        );
        if (collection is not null)
        {
            await RecordAsync(router, collection, to, cancellationToken).ConfigureAwait(false);
        }

        return RawDocument.Empty;
    }

    private static void CheckPlaces(
        Namespace from,
        Namespace to,
        ShardedCollection? collection,
        ShardServer primary,
        ShardServer other
    )
    {
        if (from.Database != to.Database && (collection is not null || primary != other))
        {
            throw new CommandException(
                ErrorCode.CommandFailed,
                collection is not null
                    ? "Source and destination collections must be on same database because the source is sharded"
                    : "Source and destination collections must be on the same database or the same shard"
            );
        }
    }

    private static async ValueTask RecordAsync(
        Router router,
        ShardedCollection collection,
        Namespace to,
        CancellationToken cancellationToken
    ) =>
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    change.Remove(ConfigNames.Collections, entry => entry["_id"] == collection.Namespace.ToString());
                    change.Put(
                        ConfigNames.Collections,
                        CommandBody.With(
                            collection.Document,
                            ("_id", to.ToString()),
                            ("lastmodEpoch", ObjectIds.New(router.Cluster.Time)),
                            ("lastmod", RawValue.DateTime(router.Cluster.Time.GetUtcNow())),
                            ("timestamp", change.Time)
                        )
                    );
                    foreach (
                        var tag in change.Where(ConfigNames.Tags, tag => tag["ns"] == collection.Namespace.ToString())
                    )
                    {
                        change.Put(ConfigNames.Tags, CommandBody.With(tag, ("ns", to.ToString())));
                    }
                },
                cancellationToken
            )
            .ConfigureAwait(false);
}
