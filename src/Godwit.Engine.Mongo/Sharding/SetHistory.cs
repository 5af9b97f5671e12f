using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>What a replica set says of its history: its id, which a new one lacks, and its election term.</summary>
internal static class SetHistory
{
    internal static async Task<(string Id, long Term)> ReadAsync(
        CommandChannel channel,
        RawDocument hello,
        CancellationToken cancellationToken
    )
    {
        var reply = await channel
            .AskAsync(Stage.Connect, "admin", new() { { "replSetGetConfig", 1 } }, cancellationToken)
            .ConfigureAwait(false);
        var id = reply["config"].AsDocument["settings"] is { Type: BsonType.Document } settings
            ? settings.AsDocument["replicaSetId"]
            : default;
        var term = hello["lastWrite"] is { Type: BsonType.Document } write
            ? write.AsDocument["opTime"].AsDocument["t"].ToInt64() ?? 0
            : 0;
        return (id.Type == BsonType.ObjectId ? Convert.ToHexStringLower(id.Bytes.Span) : "", term);
    }
}
