using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>Reads the ends of the oplog.</summary>
internal static class OplogReader
{
    /// <summary>What the oplog of a replica set holds.</summary>
    internal static async Task<OplogWindow> WindowAsync(CommandChannel channel, CancellationToken cancellationToken) =>
        new(
            await EdgeAsync(channel, 1, cancellationToken).ConfigureAwait(false),
            await EdgeAsync(channel, -1, cancellationToken).ConfigureAwait(false),
            await FullnessAsync(channel, cancellationToken).ConfigureAwait(false)
        );

    /// <summary>Time of the oldest (<paramref name="direction"/> 1) or newest (-1) entry.</summary>
    private static async Task<ClusterTime> EdgeAsync(
        CommandChannel channel,
        int direction,
        CancellationToken cancellationToken
    )
    {
        var find = new DocumentBuilder
        {
            { "find", "oplog.rs" },
            {
                "sort",
                new DocumentBuilder { { "$natural", direction } }
            },
            { "limit", 1 },
            {
                "projection",
                new DocumentBuilder { { "ts", 1 } }
            },
        };
        var found = await CursorReader
            .ListAsync(channel, Stage.Changes, "local", find, cancellationToken)
            .ConfigureAwait(false);
        return found.Count == 0 ? default : found[0]["ts"].AsTimestamp;
    }

    /// <summary>Share of the oplog's size that is used, from 0 to 1; 1, the careful answer, where the user may not ask.</summary>
    private static async Task<double> FullnessAsync(CommandChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            var stats = await channel
                .AskAsync(Stage.Changes, "local", new() { { "collStats", "oplog.rs" } }, cancellationToken)
                .ConfigureAwait(false);
            return stats["maxSize"].ToInt64() is { } max and > 0 && stats["size"].ToInt64() is { } size
                ? Math.Clamp((double)size / max, 0, 1)
                : 1;
        }
        catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
        {
            return 1;
        }
    }
}
