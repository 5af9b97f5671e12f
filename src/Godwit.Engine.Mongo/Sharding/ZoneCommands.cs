using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>Reads and makes zones through a router.</summary>
internal static class ZoneCommands
{
    internal static async Task<ZoneMap> ReadAsync(CommandChannel channel, CancellationToken cancellationToken)
    {
        var shards = await ShardMap.ReadShardsAsync(channel, cancellationToken).ConfigureAwait(false);
        var ranges = await ShardMap.ReadZoneRangesAsync(channel, cancellationToken).ConfigureAwait(false);
        var collections = await ShardMap.ReadCollectionsAsync(channel, null, cancellationToken).ConfigureAwait(false);
        return new(
            [.. shards.Select(shard => new ZonedShard(shard.Name, shard.Zones))],
            ranges,
            collections.ToDictionary(one => Namespace.Parse(one.Key), one => one.Value.Key)
        );
    }

    internal static Task AddShardAsync(
        CommandChannel channel,
        string shard,
        string zone,
        CancellationToken cancellationToken
    ) => RunAsync(channel, new() { { "addShardToZone", shard }, { "zone", zone } }, cancellationToken);

    internal static Task SetRangeAsync(CommandChannel channel, ZoneRange range, CancellationToken cancellationToken) =>
        RunAsync(
            channel,
            new()
            {
                { "updateZoneKeyRange", range.Collection.ToString() },
                { "min", range.Minimum },
                { "max", range.Maximum },
                { "zone", range.Zone },
            },
            cancellationToken
        );

    private static async Task RunAsync(
        CommandChannel channel,
        DocumentBuilder command,
        CancellationToken cancellationToken
    ) => _ = await channel.AskAsync(Stage.Catalogue, "admin", command, cancellationToken).ConfigureAwait(false);
}
