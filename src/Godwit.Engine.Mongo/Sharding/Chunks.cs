using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>Shards collections and lays their chunks out: every step may be done again after an interruption.</summary>
internal static class Chunks
{
    /// <summary>Shards a collection, or finds it sharded so already.</summary>
    internal static async Task ShardAsync(
        CommandChannel channel,
        Namespace name,
        ShardKey key,
        CancellationToken cancellationToken
    )
    {
        var pattern = await SeriesKeys
            .ToDefineAsync(channel, name, key.Pattern, cancellationToken)
            .ConfigureAwait(false);
        // The key compares strings by their bytes whatever the collection's own collation is; to be said only where it has one.
        var command = new DocumentBuilder
        {
            { "shardCollection", SeriesNames.Shown(name).ToString() },
            { "key", pattern },
            { "unique", key.IsUnique },
            {
                "collation",
                new DocumentBuilder { { "locale", "simple" } }
            },
        };
        await RunAsync(channel, command, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds fields to a collection's key.</summary>
    internal static async Task RefineAsync(
        CommandChannel channel,
        Namespace name,
        RawDocument pattern,
        CancellationToken cancellationToken
    )
    {
        var refined = await SeriesKeys.ToDefineAsync(channel, name, pattern, cancellationToken).ConfigureAwait(false);
        await RunAsync(
                channel,
                new() { { "refineCollectionShardKey", SeriesNames.Shown(name).ToString() }, { "key", refined } },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Cuts a chunk in two; a bound that is one already is no error.</summary>
    internal static async Task SplitAsync(
        CommandChannel channel,
        Namespace name,
        RawDocument bound,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await RunAsync(channel, new() { { "split", name.ToString() }, { "middle", bound } }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ClusterException there) when (there.Kind == FaultKind.BadRequest)
        {
            // The caller looks at the chunks afterwards where it matters.
        }
    }

    /// <summary>Moves the chunk that holds a key to a shard.</summary>
    internal static Task MoveAsync(
        CommandChannel channel,
        Namespace name,
        RawDocument bound,
        string shard,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            channel,
            new()
            {
                { "moveChunk", name.ToString() },
                { "find", bound },
                { "to", shard },
                { "_waitForDelete", true },
            },
            cancellationToken
        );

    private static async Task RunAsync(
        CommandChannel channel,
        DocumentBuilder command,
        CancellationToken cancellationToken
    ) => _ = await channel.AskAsync(Stage.Catalogue, "admin", command, cancellationToken).ConfigureAwait(false);
}
