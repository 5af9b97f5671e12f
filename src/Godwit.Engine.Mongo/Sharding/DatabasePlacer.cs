using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>
/// Chooses primary shards of databases: while a cluster is still empty all shards hold equally little, and the server would give every
/// database to the same one.
/// </summary>
internal static class DatabasePlacer
{
    private const int AlreadyElsewhere = 48;

    internal static async Task PlaceAsync(CommandChannel channel, string database, CancellationToken cancellationToken)
    {
        var primaries = await ShardMap.ReadPrimariesAsync(channel, cancellationToken).ConfigureAwait(false);
        if (primaries.ContainsKey(database))
        {
            return;
        }

        var shards = await ShardMap.ReadShardsAsync(channel, cancellationToken).ConfigureAwait(false);
        var least = shards
            .Where(shard => !shard.IsDraining)
            .MinBy(shard => primaries.Values.Count(name => name == shard.Name));
        if (least is null)
        {
            return;
        }

        try
        {
            _ = await channel
                .AskAsync(
                    Stage.Catalogue,
                    "admin",
                    new()
                    {
                        { "enableSharding", database },
                        { "primaryShard", least.Name },
                        { "writeConcern", WriteConcerns.Majority },
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (ClusterException there) when (there.Code == AlreadyElsewhere || there.Kind == FaultKind.BadRequest)
        {
            // Somebody has made it meanwhile, or this user may not choose: then the server does.
        }
    }
}
