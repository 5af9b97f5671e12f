using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>A command that one server does: the config servers for users and settings, a database's primary shard for its catalog.</summary>
/// <param name="name">The command.</param>
/// <param name="makesDatabase">Whether a database that does not exist is made.</param>
/// <param name="toConfig">Whether the config servers do it, whatever the database.</param>
internal sealed class RoutedForward(string name, bool makesDatabase = false, bool toConfig = false)
    : RoutedCommand(name)
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var shard =
            toConfig ? router.Cluster.Config
            : makesDatabase
                ? await router.EnsureDatabaseAsync(context.Database, cancellationToken).ConfigureAwait(false)
            : Home(context, router) ?? router.Cluster.AnyShard;
        return await RoutedReads.ForwardAsync(context, shard, cancellationToken).ConfigureAwait(false);
    }

    private static ShardServer? Home(CommandContext context, Router router) =>
        context.Body.First().Value is { Type: BsonType.String } text
            ? HomeOf(router, new(context.Database, text.AsString))
            : router.PrimaryOf(context.Database);

    // Of a sharded collection the shard of the lowest keys tells, since the database's primary may have no part of it.
    private static ShardServer? HomeOf(Router router, Namespace ns) =>
        router.Table.Find(ns) is { IsUnsplittable: false } collection
            ? router.Cluster.Shard(collection.Chunks[0].Shard)
            : router.HomeOf(ns);
}
