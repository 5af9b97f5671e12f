using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What shards still hold of ranges that are not theirs: written down before documents move, decided with the move, and removed at
/// once or after a while. A process that ends meanwhile goes on with it in its next life.
/// </summary>
internal sealed class RangeDeletions(ShardedCluster cluster)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary><c>receiveChunkWaitForRangeDeleterTimeoutMS</c>.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly List<RangeDeletion> known = [];
    private readonly ChangeSignal changed = new();

    /// <summary>How many documents of a collection a shard holds that are not its own, about.</summary>
    internal long OrphansOf(string shard, Guid collection) =>
        Matching(task => task.Shard == shard && task.Collection == collection && !task.IsPending)
            .Sum(task => task.Orphans);

    /// <summary>Waits until a shard holds no range of a collection that it has to remove.</summary>
    internal Task CleanAsync(string shard, Guid collection, CancellationToken cancellationToken) =>
        changed.WaitAsync(
            () => Matching(task => task.Shard == shard && task.Collection == collection).Count == 0,
            cancellationToken
        );

    /// <summary>
    /// Refuses to bring a range to a shard that still holds what it had of it before; what is being removed at once is waited for.
    /// </summary>
    internal async ValueTask CheckAsync(string shard, Guid collection, Chunk chunk, CancellationToken cancellationToken)
    {
        List<RangeDeletion> Left() =>
            Matching(task => task.Shard == shard && task.Collection == collection && task.Overlaps(chunk));

        using var deadline = new CancellationTokenSource(Patience, cluster.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await changed
                .WaitAsync(() => Left().TrueForAll(task => task.IsDelayed), either.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Refused below.
        }

        if (Left().Count > 0)
        {
            throw new CommandException(
                ErrorCode.OperationFailed,
                "Command request failed on source shard. :: caused by :: Data transfer error: migrate failed: ExceededTimeLimit: Migration failed because the orphans cleanup routine didn't clear yet a portion of the range being migrated that was previously owned by the recipient shard."
            );
        }
    }

    /// <summary>Writes down what a shard has to remove if a migration ends in one way.</summary>
    internal async ValueTask<RangeDeletion> ExpectAsync(RangeDeletion task, CancellationToken cancellationToken)
    {
        await StoreAsync(task, task, cancellationToken).ConfigureAwait(false);
        Replace(null, task);
        return task;
    }

    /// <summary>There is nothing to be removed after all.</summary>
    internal void Forget(RangeDeletion task) =>
        _ = cluster.Ongoing.Begin(async stopping =>
        {
            await PersistAsync(token => StoreAsync(task, null, token), stopping).ConfigureAwait(false);
            Replace(task, null);
        });

    /// <summary>The documents are to be removed; completes when they are.</summary>
    internal Task Release(RangeDeletion task, long orphans)
    {
        var ready = task with { IsPending = false, Orphans = orphans };
        Replace(task, ready);
        return cluster.Ongoing.Begin(async stopping =>
        {
            await PersistAsync(token => StoreAsync(ready, ready, token), stopping).ConfigureAwait(false);
            await RunAsync(ready, stopping).ConfigureAwait(false);
        });
    }

    /// <summary>Takes up what an earlier life of the cluster has left: the metadata say how each migration ended.</summary>
    internal async ValueTask RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in cluster.Shards)
        {
            var stored = await shard
                .OnPrimaryAsync((member, _) => ValueTask.FromResult(Stored(member.Node)), cancellationToken)
                .ConfigureAwait(false);
            foreach (
                var task in stored.Select(document => RangeDeletion.FromDocument(document, shard.Name, cluster.Time))
            )
            {
                Replace(null, task);
                if (
                    cluster.Table.Find(task.Collection) is { } collection
                    && collection.Chunks.Any(chunk => chunk.Shard == shard.Name && task.Overlaps(chunk))
                )
                {
                    Forget(task);
                }
                else
                {
                    _ = Release(task, task.Orphans);
                }
            }
        }
    }

    private async Task RunAsync(RangeDeletion task, CancellationToken stopping)
    {
        if (task.IsDelayed)
        {
            var seconds = await cluster
                .Shard(task.Shard)
                .OnPrimaryAsync(
                    (member, _) => ValueTask.FromResult(member.Parameters["orphanCleanupDelaySecs"].ToInt64() ?? 0),
                    stopping
                )
                .ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(seconds), cluster.Time, stopping).ConfigureAwait(false);
        }

        await PersistAsync(
                async token =>
                {
                    if (cluster.FindShard(task.Shard) is { } shard)
                    {
                        await OrphanRemoval.RunAsync(shard, task, token).ConfigureAwait(false);
                        await StoreAsync(task, null, token).ConfigureAwait(false);
                    }
                },
                stopping
            )
            .ConfigureAwait(false);
        Replace(task, null);
    }

    /// <summary>Does something on a shard until its primary has done it, whichever that is by then.</summary>
    private async Task PersistAsync(Func<CancellationToken, ValueTask> work, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await work(stopping).ConfigureAwait(false);
                return;
            }
            catch (CommandException lost) when (lost.Code.IsAboutPrimary())
            {
                await Task.Delay(Pause, cluster.Time, stopping).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask StoreAsync(RangeDeletion task, RangeDeletion? now, CancellationToken cancellationToken)
    {
        if (cluster.FindShard(task.Shard) is { } shard)
        {
            _ = await shard
                .OnMajorityAsync(
                    async (member, token) =>
                    {
                        if (now is null)
                        {
                            _ = await member
                                .Writes.DeleteAsync(ConfigNames.RangeDeletions, new() { { "_id", task.Id } }, token)
                                .ConfigureAwait(false);
                        }
                        else
                        {
                            var document = now.ToDocument(member.Node.Clock.Now);
                            await member
                                .Writes.PutAsync(ConfigNames.RangeDeletions, document, token)
                                .ConfigureAwait(false);
                        }

                        return true;
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    private static List<RawDocument> Stored(Node node)
    {
        using var view = node.View();
        return view.Catalog.Find(ConfigNames.RangeDeletions) is { } collection
            ? [.. new CollectionReader(view, collection).Scan().Select(record => record.Document)]
            : [];
    }

    private List<RangeDeletion> Matching(Predicate<RangeDeletion> condition)
    {
        lock (gate)
        {
            return known.FindAll(condition);
        }
    }

    private void Replace(RangeDeletion? before, RangeDeletion? after)
    {
        lock (gate)
        {
            _ = before is null ? 0 : known.RemoveAll(task => task.Id == before.Id && task.Shard == before.Shard);
            if (after is not null)
            {
                known.Add(after);
            }
        }

        changed.Raise();
    }
}
