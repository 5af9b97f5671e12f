using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>The commands that give databases and collections their places.</summary>
internal static class DatabaseCommands
{
    /// <summary><c>enableSharding</c>: gives a database a primary shard.</summary>
    internal static async ValueTask<DocumentBuilder> Enable(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var database = context.Arguments.RequiredString(context.Request.Name);
        if (database is "admin" or "local")
        {
            throw new CommandException(ErrorCode.InvalidOptions, $"can't shard {database} database");
        }

        var wanted = context.Arguments.String("primaryShard") is { } name ? router.Cluster.Shard(name) : null;
        await DatabaseCreation.RunAsync(router.Cluster, database, wanted, cancellationToken).ConfigureAwait(false);
        return [];
    }

    /// <summary><c>shardCollection</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Shard(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var arguments = context.Arguments;
        var name = arguments.RequiredString(context.Request.Name);
        var source = arguments["key"].IsMissing
            ? throw CommandErrors.MissingField("", "key")
            : arguments.RequiredDocument("key");
        var ns = Namespace.Parse(name);
        ShardCollectionRules.CheckName(ns);
        var key = ShardKeyPattern.Parse(source);
        if (key.IsHashed && context.Body["unique"].IsTruthy())
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Hashed shard keys cannot be declared unique. It's possible to ensure uniqueness on the hashed field by declaring an additional (non-hashed) unique index on the field."
            );
        }

        ShardCollectionRules.CheckCollation(arguments.Document("collation"));
        var series = await SeriesSharding
            .PrepareAsync(context, router, ns, key, cancellationToken)
            .ConfigureAwait(false);
        var sharding = series is { } made
            ? new ShardCollection(context, router, made.Buckets, made.Key) { Series = made.Options }
            : new ShardCollection(context, router, ns, key);
        await sharding.RunAsync(cancellationToken).ConfigureAwait(false);
        return new() { { "collectionsharded", name } };
    }

    /// <summary><c>movePrimary</c>.</summary>
    internal static async ValueTask<DocumentBuilder> MovePrimary(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var database = context.Arguments.RequiredString(context.Request.Name);
        var to = router.Cluster.Shard(context.Arguments.RequiredString("to"));
        if (router.Table.Database(database) is null)
        {
            throw new CommandException(ErrorCode.NamespaceNotFound, $"database {database} not found");
        }

        await PrimaryMove.RunAsync(router.Cluster, database, to, cancellationToken).ConfigureAwait(false);
        return [];
    }
}
