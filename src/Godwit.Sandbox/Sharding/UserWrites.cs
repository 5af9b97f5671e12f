using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Refuses what users may not do while their writes are blocked, before anything is changed anywhere, and blocks those of shards that join.</summary>
internal static class UserWrites
{
    /// <summary>Whether a shard blocks users' writes.</summary>
    internal static readonly ShardTask AskTask = ShardTask.Of(
        "writeBlock",
        (member, _) => new() { { "isOn", member.Node.WriteBlock.IsOn } }
    );

    /// <summary>Users' writes blocked or let through.</summary>
    internal static readonly ShardTask SetTask = ShardTask.OfMajority("setWriteBlock", Set);

    /// <summary>Asks the shard.</summary>
    internal static async ValueTask CheckAsync(
        CommandContext context,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        if (
            await IsBlockedAsync(shard, cancellationToken).ConfigureAwait(false)
            && !context.Member.Authorizer.MayBypassWriteBlock(context.Client)
        )
        {
            throw new CommandException(ErrorCode.UserWritesBlocked, "User writes blocked");
        }
    }

    /// <summary>A shard that joins blocks what the config servers say, whatever it did before (ShardingCatalogManager::addShard).</summary>
    internal static async ValueTask JoinAsync(
        ShardedCluster cluster,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        var isOn = await IsBlockedAsync(cluster.Config, cancellationToken).ConfigureAwait(false);
        _ = await shard.DoAsync(SetTask, new() { { "isOn", isOn } }, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<bool> IsBlockedAsync(ShardServer server, CancellationToken cancellationToken)
    {
        var block = await server.DoAsync(AskTask, [], cancellationToken).ConfigureAwait(false);
        return block["isOn"].IsTruthy();
    }

    private static Bson.DocumentBuilder Set(Member member, TaskInput input)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            if (input["isOn"].IsTruthy())
            {
                member.Node.WriteBlock.TurnOn();
            }
            else
            {
                member.Node.WriteBlock.TurnOff();
            }
        }

        return [];
    }
}
