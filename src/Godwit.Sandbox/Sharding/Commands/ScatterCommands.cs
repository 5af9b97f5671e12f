using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>A command that every shard with a part of the collection does; the replies are shown one beside the other.</summary>
/// <param name="name">The command.</param>
/// <param name="isCreation">Whether indexes are made, and with them a database that does not exist.</param>
internal sealed class RoutedIndexes(string name, bool isCreation) : RoutedCommand(name)
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        if (isCreation)
        {
            _ = await router.EnsureDatabaseAsync(ns.Database, cancellationToken).ConfigureAwait(false);
        }

        using var lease = await router
            .Transactions.HoldAsync(context, router.Table.NameOf(ns), cancellationToken)
            .ConfigureAwait(false);
        var shards = ScatterTargets.Of(router, ns);
        return context.Session.IsTransaction
            ? await ForwardAsync(context, shards[0], cancellationToken).ConfigureAwait(false)
            : Scatter.Raw(
                // Indexes are made everywhere at once, but dropped on one shard after the other (sharded_events, steps 11 to 14).
                await Scatter
                    .SendAsync(context, shards, context.Body, null, cancellationToken, isAtOnce: isCreation)
                    .ConfigureAwait(false)
            );
    }
}

/// <summary><c>collMod</c>: on every shard with a part of the collection.</summary>
internal sealed class RoutedCollMod() : RoutedCommand("collMod")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        using var lease = await router
            .Transactions.HoldAsync(context, router.Table.NameOf(ns), cancellationToken)
            .ConfigureAwait(false);
        var replies = await Scatter
            .SendAsync(context, ScatterTargets.Of(router, ns), context.Body, null, cancellationToken)
            .ConfigureAwait(false);
        Scatter.Check(replies);
        return CommandBody.Own(replies[0].Reply);
    }
}

/// <summary>A command done by every shard, whose replies need no more than to be without error.</summary>
/// <param name="name">The command.</param>
/// <param name="showsRaw">Whether the replies are shown.</param>
/// <param name="withConfig">Whether the config servers do it too.</param>
internal sealed class RoutedEverywhere(string name, bool showsRaw, bool withConfig = false) : RoutedCommand(name)
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var servers = withConfig ? router.Cluster.Servers : router.Cluster.Shards;
        var replies = await Scatter
            .SendAsync(context, servers, context.Body, null, cancellationToken)
            .ConfigureAwait(false);
        if (showsRaw)
        {
            return Scatter.Raw(replies);
        }

        Scatter.Check(replies);
        return RawDocument.Empty;
    }
}

/// <summary>Which shards have a part of a collection.</summary>
internal static class ScatterTargets
{
    /// <summary>Its owners, or the one shard where it is.</summary>
    internal static IReadOnlyList<ShardServer> Of(Router router, Namespace ns) =>
        router.Table.Find(router.Table.NameOf(ns)) is { IsUnsplittable: false } collection
            ? [.. collection.Owners().Select(router.Cluster.Shard)]
            : [router.HomeOf(ns) ?? router.Cluster.AnyShard];
}
