using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>What a shard allows of updates that change the value of the shard key.</summary>
internal static class ShardKeyUpdates
{
    /// <summary>Refuses a change that is not allowed; one to a key of another shard is told to the router, which does it.</summary>
    internal static void Check(
        CommandContext context,
        CollectionInfo collection,
        RawDocument before,
        RawDocument after,
        bool isMulti
    )
    {
        if (
            context.Request.Routing is not { } routing
            || routing.Find(collection) is not { } sharded
            || sharded.Key.AreSame(before, after)
        )
        {
            return;
        }

        if (isMulti)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Multi-update operations are not allowed when updating the shard key field."
            );
        }

        if (!context.Session.IsTransaction && !context.Session.IsRetryableWrite)
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                "Must run update to shard key field in a multi-statement transaction or with retryWrites: true."
            );
        }

        if (sharded.ChunkOf(sharded.Key.KeyOf(after)).Shard != routing.Shard)
        {
            throw new CommandException(
                ErrorCode.WouldChangeOwningShard,
                "The document's new shard key value belongs to another shard",
                new DocumentBuilder { { "preImage", before }, { "postImage", after } }.Build()
            );
        }
    }
}
