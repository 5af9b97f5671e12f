using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>Removes what a shard still holds of ranges that have gone to another: at once where it is waited for, else after a while.</summary>
internal sealed class RangeDeletions(ShardedCluster cluster)
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(900);
    private readonly Lock gate = new();
    private readonly List<(string Shard, Guid Collection, byte[] Lower, byte[] Upper)> pending = [];

    /// <summary>Whether a shard still holds orphans of a range.</summary>
    internal bool Overlaps(string shard, Guid collection, Chunk chunk)
    {
        lock (gate)
        {
            return pending.Exists(range =>
                range.Shard == shard
                && range.Collection == collection
                && range.Lower.AsSpan().SequenceCompareTo(chunk.Upper) < 0
                && range.Upper.AsSpan().SequenceCompareTo(chunk.Lower) > 0
            );
        }
    }

    /// <summary>Has a range removed.</summary>
    internal async ValueTask AddAsync(
        ShardServer shard,
        ShardedCollection collection,
        Chunk chunk,
        bool waits,
        CancellationToken cancellationToken
    )
    {
        var range = (shard.Name, collection.Uuid, chunk.Lower, chunk.Upper);
        lock (gate)
        {
            pending.Add(range);
        }

        if (waits)
        {
            await RunAsync(shard, collection, chunk, range, cancellationToken).ConfigureAwait(false);
            return;
        }

        _ = cluster.Ongoing.Begin(async stopping =>
        {
            await Task.Delay(Delay, cluster.Time, stopping).ConfigureAwait(false);
            await RunAsync(shard, collection, chunk, range, stopping).ConfigureAwait(false);
        });
    }

    private async ValueTask RunAsync(
        ShardServer shard,
        ShardedCollection collection,
        Chunk chunk,
        (string, Guid, byte[], byte[]) range,
        CancellationToken cancellationToken
    )
    {
        _ = await shard
            .OnPrimaryAsync(
                async (member, token) =>
                {
                    await CursorsEndAsync(member, collection, token).ConfigureAwait(false);
                    while (RemoveSome(member, collection, chunk)) { }

                    return true;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        lock (gate)
        {
            _ = pending.Remove(range);
        }
    }

    // A cursor opened before the move reads its range here to its end.
    private static Task CursorsEndAsync(
        Member member,
        ShardedCollection collection,
        CancellationToken cancellationToken
    )
    {
        bool MayRead(Cursors.ServerCursor cursor) =>
            cursor.Options.Namespace == collection.Namespace
            && cursor.Routing is { } routing
            && routing.Table.Find(collection.Namespace)?.Version <= collection.Version;

        return member.Cursors.Closed.WaitAsync(() => !member.Cursors.Open.Any(MayRead), cancellationToken);
    }

    private static bool RemoveSome(Member member, ShardedCollection collection, Chunk chunk)
    {
        const int Batch = 100;
        var node = member.Node;
        lock (node.WriteLock)
        {
            member.CheckAcceptsWrites();
            if (node.Catalog.Latest.Find(collection.Uuid) is not { } found)
            {
                return false;
            }

            using var operation = new WriteOperation(node) { FromMigrate = true };
            var records = operation
                .Reader(found)
                .Scan()
                .Where(record => RangeCopy.IsIn(collection.Key, chunk, record.Document))
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
