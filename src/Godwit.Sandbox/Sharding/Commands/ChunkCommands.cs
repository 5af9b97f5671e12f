using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>The commands on chunks: cut, put together, moved to another shard.</summary>
internal static class ChunkCommands
{
    /// <summary><c>split</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Split(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = Collection(context, router);
        if (context.Arguments.Document("middle") is { } middle)
        {
            await ChunkSplit.AtAsync(router.Cluster, collection, middle, cancellationToken).ConfigureAwait(false);
            return [];
        }

        var chunk = Named(context, collection);
        var point = await ChunkMedian
            .FindAsync(router.Cluster, collection, chunk, cancellationToken)
            .ConfigureAwait(false);
        await ChunkSplit.AtAsync(router.Cluster, collection, point, cancellationToken).ConfigureAwait(false);
        return [];
    }

    /// <summary><c>mergeChunks</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Merge(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = Collection(context, router);
        var (minimum, maximum) = Bounds(context, collection);
        var parts = Inside(collection, minimum, maximum);
        if (
            parts.Count == 0
            || !parts[0].Minimum.Equals(minimum)
            || !parts[^1].Maximum.Equals(maximum)
            || parts.Exists(part => part.Shard != parts[0].Shard)
        )
        {
            throw StaleRange(collection, minimum, maximum);
        }

        if (parts.Count == 1)
        {
            return [];
        }

        _ = await router
            .Cluster.ChangeAsync(
                change =>
                {
                    var version = new ClusterTime(collection.Version.Seconds, collection.Version.Increment + 1);
                    var merged = parts[0] with { Maximum = maximum, Upper = parts[^1].Upper, Version = version };
                    if (
                        router.Table.Find(collection.Namespace) is not { } newest
                        || !parts.TrueForAll(part => newest.Chunks.Any(part.IsSame))
                    )
                    {
                        throw StaleRange(collection, minimum, maximum);
                    }

                    change.Remove(ConfigNames.Chunks, document => parts.Exists(part => part.Id == document["_id"]));
                    change.Put(ConfigNames.Chunks, merged.ToDocument(collection.Uuid));
                    ChangeLog.Add(
                        change,
                        "merge",
                        collection.Namespace.ToString(),
                        new DocumentBuilder
                        {
                            { "min", minimum },
                            { "max", maximum },
                            { "owningShard", merged.Shard },
                        }.Build()
                    );
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    /// <summary><c>moveChunk</c>.</summary>
    internal static async ValueTask<DocumentBuilder> Move(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var started = router.Cluster.Time.GetTimestamp();
        var collection = Collection(context, router);
        var to =
            router.Cluster.FindShard(context.Arguments.RequiredString("to"))
            ?? throw new CommandException(ErrorCode.ShardNotFound, "moveChunk destination shard does not exist");
        var chunk = Named(context, collection);
        if (chunk.Shard != to.Name)
        {
            await MigrateAsync(context, router, collection, chunk, to, cancellationToken).ConfigureAwait(false);
        }

        var elapsed = router.Cluster.Time.GetElapsedTime(started);
        return new() { { "millis", (int)elapsed.TotalMilliseconds } };
    }

    /// <summary><c>moveRange</c>: the chunk is cut where the range begins and ends.</summary>
    internal static async ValueTask<DocumentBuilder> MoveRange(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = Collection(context, router);
        var to =
            router.Cluster.FindShard(context.Arguments.RequiredString("toShard"))
            ?? throw new CommandException(
                ErrorCode.ShardNotFound,
                $"Could not find destination shard '{context.Arguments.RequiredString("toShard")}'"
            );
        var minimum = context.Arguments.Document("min");
        var maximum = context.Arguments.Document("max");
        if (minimum is null && maximum is null)
        {
            throw new CommandException(ErrorCode.InvalidOptions, "You must specify at least one of 'min' and 'max'");
        }

        await new RangeMove(router.Cluster, collection, to)
            .RunAsync(Filled(minimum), Filled(maximum), Waits(context), cancellationToken)
            .ConfigureAwait(false);
        return [];

        RawDocument? Filled(RawDocument? bound) => bound is { } given ? collection.Key.Fill(given) : null;
    }

    /// <summary><c>clearJumboFlag</c>.</summary>
    internal static async ValueTask<DocumentBuilder> ClearJumbo(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = Collection(context, router);
        var chunk = Named(context, collection);
        var version = collection.Version;
        _ = await router
            .Cluster.ChangeAsync(
                change =>
                    change.Put(
                        ConfigNames.Chunks,
                        (
                            chunk with
                            {
                                IsJumbo = false,
                                Version = new(version.Seconds, version.Increment + 1),
                            }
                        ).ToDocument(collection.Uuid)
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    /// <summary>The collection that a command on chunks names.</summary>
    internal static ShardedCollection Collection(CommandContext context, Router router)
    {
        var name = context.Arguments.RequiredString(context.Request.Name);
        return router.Table.Find(Namespace.Parse(name)) is { IsUnsplittable: false } found
            ? found
            : throw new CommandException(ErrorCode.NamespaceNotSharded, $"Expected collection {name} to be sharded");
    }

    private static ValueTask MigrateAsync(
        CommandContext context,
        Router router,
        ShardedCollection collection,
        Chunk chunk,
        ShardServer to,
        CancellationToken cancellationToken
    ) => new Migration(router.Cluster, collection, chunk, to, Waits(context)).RunAsync(cancellationToken);

    private static bool Waits(CommandContext context) =>
        context.Body["_waitForDelete"].IsTruthy() || context.Body["waitForDelete"].IsTruthy();

    /// <summary>The chunk that <c>find</c> or <c>bounds</c> names.</summary>
    private static Chunk Named(CommandContext context, ShardedCollection collection)
    {
        if (context.Arguments.Document("find") is { } find)
        {
            var targeting = new KeyTargeting(collection);
            var filter = Query.Filter.Parse(find, Query.QueryContext.Plain);
            return targeting.KeyOf(filter, null) is { } key
                ? collection.ChunkOf(key)
                : throw new CommandException(ErrorCode.ShardKeyNotFound, $"no shard key found in chunk query {find}");
        }

        var (minimum, maximum) = Bounds(context, collection);
        return collection.Chunks.FirstOrDefault(chunk => chunk.Minimum.Equals(minimum) && chunk.Maximum.Equals(maximum))
            ?? throw Plain($"no chunk found with the shard key bounds [{minimum},{maximum})");
    }

    private static (RawDocument Minimum, RawDocument Maximum) Bounds(
        CommandContext context,
        ShardedCollection collection
    ) =>
        context.Body["bounds"] is { Type: BsonType.Array } bounds && bounds.AsDocument.Count() == 2
            ? (
                collection.Key.Fill(bounds.AsDocument["0"].AsDocument),
                collection.Key.Fill(bounds.AsDocument["1"].AsDocument)
            )
            : throw new CommandException(ErrorCode.InvalidOptions, "need to specify either 'find' or 'bounds'");

    private static List<Chunk> Inside(ShardedCollection collection, RawDocument minimum, RawDocument maximum)
    {
        var (lower, upper) = (collection.Key.Encode(minimum), collection.Key.Encode(maximum));
        return
        [
            .. collection.Chunks.Where(chunk =>
                chunk.Upper.AsSpan().SequenceCompareTo(lower) > 0 && chunk.Lower.AsSpan().SequenceCompareTo(upper) < 0
            ),
        ];
    }

    private static CommandException StaleRange(ShardedCollection collection, RawDocument minimum, RawDocument maximum)
    {
        var shard = collection.ChunkOf(minimum).Shard;
        return new(
            ErrorCode.StaleConfig,
            $"Range with bounds [{minimum}, {maximum}) is not owned by this shard.",
            new DocumentBuilder
            {
                { "ns", collection.Namespace.ToString() },
                {
                    "vReceived",
                    Version(
                        RawValue.ObjectId([0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
                        ClusterTime.MaxValue,
                        ClusterTime.Zero
                    )
                },
                { "vWanted", Version(collection.Epoch, collection.Timestamp, collection.Version) },
                { "shardId", shard },
            }.Build()
        );
    }

    private static DocumentBuilder Version(RawValue epoch, ClusterTime timestamp, ClusterTime version) =>
        new()
        {
            { "e", epoch },
            { "t", timestamp },
            { "v", version },
        };

    private static CommandException Plain(string message) => new(ErrorCode.OK, message);
}
