using Godwit.Bson;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>Removes a shard's documents of a range that belongs to another, once no cursor from before the move reads it any more.</summary>
internal static class OrphanRemoval
{
    private const int Batch = 100;

    /// <summary>A range removed.</summary>
    internal static readonly ShardTask RemoveTask = ShardTask.Awaited("removeOrphans", RunAsync);

    /// <summary>Removes them.</summary>
    internal static async ValueTask RunAsync(
        ShardServer shard,
        RangeDeletion task,
        CancellationToken cancellationToken
    ) =>
        _ = await shard
            .DoAsync(
                RemoveTask,
                new() { { "range", task.ToDocument(ClusterTime.Zero) }, { "shard", task.Shard } },
                cancellationToken
            )
            .ConfigureAwait(false);

    private static async ValueTask<DocumentBuilder> RunAsync(Member member, TaskInput input, CancellationToken token)
    {
        var task = RangeDeletion.FromDocument(input["range"].AsDocument, input["shard"].AsString, member.Time);
        await CursorsEndAsync(member, task, token).ConfigureAwait(false);
        while (RemoveSome(member, task)) { }

        return [];
    }

    private static Task CursorsEndAsync(Member member, RangeDeletion task, CancellationToken cancellationToken)
    {
        bool MayRead(Cursors.ServerCursor cursor) =>
            cursor.Options.Namespace == task.Namespace
            && cursor.Routing is { } routing
            && routing.Table.Find(task.Namespace) is { } then
            && then.Chunks.Any(chunk => chunk.Shard == task.Shard && task.Overlaps(chunk));

        return member.Cursors.Closed.WaitAsync(() => !member.Cursors.Open.Any(MayRead), cancellationToken);
    }

    private static bool RemoveSome(Member member, RangeDeletion task)
    {
        var node = member.Node;
        lock (node.WriteLock)
        {
            member.CheckAcceptsWrites();
            if (node.Catalog.Latest.Find(task.Collection) is not { } found)
            {
                return false;
            }

            using var operation = new WriteOperation(node) { FromMigrate = true };
            var records = operation
                .Reader(found)
                .Scan()
                .Where(record => RangeCopy.IsIn(task.Key, task.Range, record.Document))
                .Take(Batch)
                .ToList();
            records.ForEach(record => operation.Remove(found, record));
            if (records.Count > 0)
            {
                operation.Commit();
            }

            return records.Count == Batch;
        }
    }
}
