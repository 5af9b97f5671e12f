using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>Reads the ends of the oplog.</summary>
internal static class OplogReader
{
    /// <summary>Time of the oldest (<paramref name="direction"/> 1) or newest (-1) entry.</summary>
    internal static async Task<ClusterTime> EdgeAsync(
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
}
