using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding;

namespace Godwit.Sandbox.Auth;

/// <summary>
/// From 8.0 on, users of a shard may work on its data past the routers only where a role allows it (direct_connection_util.cpp), as
/// soon as the cluster has two shards.
/// </summary>
internal static class DirectOperations
{
    /// <summary>The right to do so.</summary>
    internal static readonly Privilege Right = new(Resource.Cluster, "issueDirectShardOperations");

    /// <summary>Whether a command needs the right.</summary>
    internal static bool AreForbidden(CommandContext context) =>
        context.Member.Options is { Role: ClusterRole.Shard, Cluster: { IsBorn: true, Shards.Count: > 1 } cluster }
        && cluster.ShardOf(context.Member) is not null
        && context.Member.Profile.Version.Major >= 8
        && context.Database is not ("admin" or "config" or "local" or "$external");

    /// <summary>What is said without it.</summary>
    internal static CommandException Refusal(CommandContext context)
    {
        var collection = context.Body.First().Value is { Type: Bson.BsonType.String } name ? "." + name.AsString : "";
        return new(
            ErrorCode.Unauthorized,
            "You are connecting to a sharded cluster improperly by connecting directly to a shard. Please connect to the cluster via a "
                + $"router (mongos). Command: {context.Traits.Name}, Namespace: {context.Database}{collection}"
        );
    }
}
