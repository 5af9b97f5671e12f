using System.Collections.Frozen;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>All tasks, by the names under which routers of other processes ask for them.</summary>
internal static class ShardTasks
{
    private static readonly FrozenDictionary<string, ShardTask> All = new[]
    {
        AddShardCommand.DatabasesTask,
        ChunkMedian.FindTask,
        CollectionDefinition.EnsureTask,
        CollectionDefinition.FindTask,
        WholeCollection.PartTask,
        DatabaseCreation.BytesTask,
        DataDistribution.DescribeTask,
        HistoryTasks.LookUp,
        HistoryTasks.Read,
        OneDocument.IsDoneTask,
        OplogNote.WriteTask,
        OrphanRemoval.RemoveTask,
        PrimaryMove.DropTask,
        PrimaryMove.InsertTask,
        PrimaryMove.ListTask,
        RangeDeletions.DelayTask,
        RangeMove.FullAtTask,
        RangeTasks.Changes,
        RangeTasks.List,
        RangeTasks.Put,
        RangeTasks.Read,
        Resharding.InsertTask,
        Resharding.SwapTask,
        RoutedOperations.KillTask,
        ShardedCluster.NameTask,
        SizeOf.SizeTask,
        StoredDocuments.PutTask,
        StoredDocuments.ReadTask,
        StoredDocuments.RemoveForGoodTask,
        StoredDocuments.RemoveTask,
        TransactionTasks.Abort,
        TransactionTasks.AwaitEnd,
        TransactionTasks.Commit,
        TransactionTasks.HasWritten,
        TransactionTasks.Prepare,
        TransactionTasks.Settle,
        UserWrites.AskTask,
        UserWrites.SetTask,
        ViewRouting.FollowTask,
    }.ToFrozenDictionary(task => task.Name, StringComparer.Ordinal);

    /// <summary>A task by name.</summary>
    internal static ShardTask Find(string name) =>
        All.TryGetValue(name, out var task)
            ? task
            : throw new CommandException(
                ErrorCode.NotImplemented,
                $"no shard task {name}: router and shard must be the same release of Godwit"
            );
}
