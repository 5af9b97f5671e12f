using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Refuses what users may not do while their writes are blocked, before anything is changed anywhere.</summary>
internal static class UserWrites
{
    /// <summary>Asks the shard.</summary>
    internal static async ValueTask CheckAsync(
        CommandContext context,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        var isBlocked = await shard
            .OnPrimaryAsync((member, _) => ValueTask.FromResult(member.Node.WriteBlock.IsOn), cancellationToken)
            .ConfigureAwait(false);
        if (isBlocked && !context.Member.Authorizer.MayBypassWriteBlock(context.Client))
        {
            throw new CommandException(ErrorCode.UserWritesBlocked, "User writes blocked");
        }
    }
}
