using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>The commands that write a collection anew elsewhere or by another key.</summary>
internal static class ReshardingCommands
{
    private static readonly RawDocument IdKey = new DocumentBuilder { { "_id", 1 } }.Build();

    /// <summary>The commands that end an operation that goes on: here each is over before anyone could name it.</summary>
    internal static readonly IReadOnlyList<string> OfOngoing =
    [
        "abortMoveCollection",
        "abortReshardCollection",
        "abortUnshardCollection",
        "commitReshardCollection",
    ];

    /// <summary>Says so.</summary>
    internal static ValueTask<DocumentBuilder> RefuseOngoing(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    ) =>
        throw new CommandException(
            ErrorCode.NoSuchReshardCollection,
            "Could not find resharding-related metadata that matches the given namespace"
        );

    /// <summary><c>reshardCollection</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Reshard(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = ChunkCommands.Collection(context, router);
        var key = ShardKeyPattern.Parse(context.Arguments.RequiredDocument("key"));
        if (context.Arguments["unique"].IsTruthy())
        {
            throw new CommandException(ErrorCode.BadValue, "reshardCollection does not support unique: true");
        }

        if (key.Source == collection.Key.Source && !context.Arguments["forceRedistribution"].IsTruthy())
        {
            return [];
        }

        var count = context.Arguments.NumberAtLeast("numInitialChunks", 1) ?? router.Cluster.Shards.Count;
        await new Resharding(router, collection.Namespace, key) { ChunkCount = (int)count }
            .RunAsync(context, cancellationToken)
            .ConfigureAwait(false);
        return [];
    }

    /// <summary><c>unshardCollection</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Unshard(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = ChunkCommands.Collection(context, router);
        var target = context.Arguments.String("toShard") is { } name
            ? router.Cluster.Shard(name)
            : router.PrimaryOf(collection.Namespace.Database)!;
        await MoveAsync(context, router, collection.Namespace, target, cancellationToken).ConfigureAwait(false);
        return [];
    }

    /// <summary><c>moveCollection</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Move(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = Namespace.Parse(context.Arguments.RequiredString(context.Request.Name));
        var target = router.Cluster.Shard(context.Arguments.RequiredString("toShard"));
        if (router.Table.Find(ns) is { IsUnsplittable: false })
        {
            throw new CommandException(
                ErrorCode.NamespaceNotFound,
                "MoveCollection can only be called on an unsharded collection."
            );
        }

        if (router.HomeOf(ns) != target)
        {
            await MoveAsync(context, router, ns, target, cancellationToken).ConfigureAwait(false);
        }

        return [];
    }

    private static ValueTask MoveAsync(
        CommandContext context,
        Router router,
        Namespace ns,
        ShardServer target,
        CancellationToken cancellationToken
    ) =>
        new Resharding(router, ns, new(IdKey)) { Target = target, IsUnsplittable = true }.RunAsync(
            context,
            cancellationToken
        );
}
