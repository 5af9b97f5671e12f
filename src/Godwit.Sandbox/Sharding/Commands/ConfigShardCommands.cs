using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// <c>transitionFromDedicatedConfigServer</c> makes the config servers a shard named "config", <c>transitionToDedicatedConfigServer</c>
/// drains and removes it as <c>removeShard</c> does (<c>configsvr_transition_to_dedicated_config_server_command.cpp</c> of MongoDB 8.0).
/// </summary>
internal static class ConfigShardCommands
{
    /// <summary>Makes them a shard; nothing is done where they are one.</summary>
    internal static async ValueTask<DocumentBuilder> FromDedicatedAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var cluster = router.Cluster;
        if (cluster.TakesRemoteShards)
        {
            throw new CommandException(
                ErrorCode.NotImplemented,
                "config servers become no shard of a cluster whose shards run in other processes"
            );
        }

        if (cluster.FindShard(ShardedCluster.ConfigShard) is null)
        {
            await AddShardCommand.JoinAsync(cluster, cluster.Config, cancellationToken).ConfigureAwait(false);
        }

        return [];
    }

    /// <summary>Takes the next step towards config servers that are no shard.</summary>
    internal static async ValueTask<DocumentBuilder> ToDedicatedAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var cluster = router.Cluster;
        var reply = await RemoveShardCommand
            .RemoveAsync(cluster, ShardedCluster.ConfigShard, cancellationToken)
            .ConfigureAwait(false);
        if (cluster.FindShard(ShardedCluster.ConfigShard) is null)
        {
            await DropDrainedAsync(cluster.Config, cancellationToken).ConfigureAwait(false);
        }

        return reply;
    }

    /// <summary>What is left of databases that have moved: empty collections, which would stand in the way of the next transition.</summary>
    private static async ValueTask DropDrainedAsync(ShardServer config, CancellationToken cancellationToken)
    {
        var held = await config.DoAsync(AddShardCommand.DatabasesTask, [], cancellationToken).ConfigureAwait(false);
        foreach (var database in held["databases"].AsDocument.Values())
        {
            var listed = await config
                .DoAsync(PrimaryMove.ListTask, new() { { "database", database } }, cancellationToken)
                .ConfigureAwait(false);
            foreach (var collection in listed["collections"].AsDocument.Values())
            {
                var name = CollectionInfo.FromDocument(collection.AsDocument).Namespace.ToString();
                _ = await config
                    .DoAsync(PrimaryMove.DropTask, new() { { "ns", name } }, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }
}
