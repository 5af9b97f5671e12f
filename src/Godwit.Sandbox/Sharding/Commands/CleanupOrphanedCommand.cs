using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>cleanupOrphaned</c>, asked of a shard: waits until it holds no range of a collection any more that it has to remove.</summary>
internal static class CleanupOrphanedCommand
{
    /// <summary>The command.</summary>
    internal static ICommand Command { get; } =
        new AwaitedAnswerCommand(
            new CommandTraits("cleanupOrphaned") { IsAdminOnly = true, TakesWriteConcern = true },
            RunAsync
        );

    private static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var ns = Namespace.Parse(context.Arguments.RequiredString("cleanupOrphaned"));
        if (context.Member.Options.Cluster is not { } cluster || cluster.ShardOf(context.Member) is null)
        {
            throw new CommandException(
                ErrorCode.ShardingStateNotInitialized,
                "Cannot accept sharding commands if sharding state has not been initialized with a shardIdentity document"
            );
        }

        if (cluster.Table.Find(ns) is not { IsUnsplittable: false } collection)
        {
            return [];
        }

        if (context.Arguments.Document("startingFromKey") is { IsEmpty: false } start && !collection.Key.Fits(start))
        {
            throw new CommandException(
                ErrorCode.OrphanedRangeCleanUpFailed,
                "Could not cleanup orphaned data because start key does not match shard key pattern"
            );
        }

        await RangeDeletions.CleanAsync(context.Member, collection.Uuid, cancellationToken).ConfigureAwait(false);
        return [];
    }
}
