using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Refuses what users may not do while their writes are blocked, before anything is changed anywhere.</summary>
internal static class UserWrites
{
    /// <summary>Whether a shard blocks users' writes.</summary>
    internal static readonly ShardTask AskTask = ShardTask.Of(
        "writeBlock",
        (member, _) => new() { { "isOn", member.Node.WriteBlock.IsOn } }
    );

    /// <summary>Asks the shard.</summary>
    internal static async ValueTask CheckAsync(
        CommandContext context,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        var block = await shard.DoAsync(AskTask, [], cancellationToken).ConfigureAwait(false);
        if (block["isOn"].IsTruthy() && !context.Member.Authorizer.MayBypassWriteBlock(context.Client))
        {
            throw new CommandException(ErrorCode.UserWritesBlocked, "User writes blocked");
        }
    }
}
