using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What shards still hold of ranges that are not theirs: written down before documents move, decided with the move, and removed at
/// once or after a while. A process that ends meanwhile goes on with it in its next life.
/// </summary>
internal sealed class RangeDeletions(ShardedCluster cluster)
{
    /// <summary><c>receiveChunkWaitForRangeDeleterTimeoutMS</c>.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary><c>orphanCleanupDelaySecs</c> of a shard.</summary>
    internal static readonly ShardTask DelayTask = ShardTask.Of(
        "cleanupDelay",
        (member, _) => new() { { "seconds", member.Parameters["orphanCleanupDelaySecs"].ToInt64() ?? 0 } }
    );

    private readonly Lock gate = new();
    private readonly List<RangeDeletion> known = [];
    private readonly ChangeSignal changed = new();

    /// <summary>How many documents of a collection a shard holds that are not its own, about.</summary>
    internal long OrphansOf(string shard, Guid collection) =>
        Matching(task => task.Shard == shard && task.Collection == collection && !task.IsPending)
            .Sum(task => task.Orphans);

    /// <summary>Waits until a member has no range of a collection written down that it has to remove.</summary>
    internal static Task CleanAsync(Member member, Guid collection, CancellationToken cancellationToken) =>
        member.Node.Changed.WaitAsync(
            () =>
                !StoredDocuments
                    .Of(member.Node, ConfigNames.RangeDeletions)
                    .Exists(task => task["collectionUuid"].AsUuid == collection),
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

    /// <summary>Takes up what an earlier life of the cluster has left on a shard: the metadata say how each migration ended.</summary>
    internal async ValueTask RecoverAsync(ShardServer shard, CancellationToken cancellationToken)
    {
        var stored = await StoredDocuments
            .ReadAsync(shard, ConfigNames.RangeDeletions, cancellationToken)
            .ConfigureAwait(false);
        foreach (var task in stored.Select(document => RangeDeletion.FromDocument(document, shard.Name, cluster.Time)))
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

    private async Task RunAsync(RangeDeletion task, CancellationToken stopping)
    {
        if (task.IsDelayed)
        {
            var delay = await cluster.Shard(task.Shard).DoAsync(DelayTask, [], stopping).ConfigureAwait(false);
            var seconds = delay["seconds"].AsInt64;
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

    private Task PersistAsync(Func<CancellationToken, ValueTask> work, CancellationToken stopping) =>
        Insistence.UntilDoneAsync(() => work(stopping), cluster.Time, stopping);

    private ValueTask StoreAsync(RangeDeletion task, RangeDeletion? now, CancellationToken cancellationToken) =>
        cluster.FindShard(task.Shard) is not { } shard ? ValueTask.CompletedTask
        : now is null
            ? StoredDocuments.RemoveAsync(
                shard,
                ConfigNames.RangeDeletions,
                task.Id,
                isForGood: true,
                cancellationToken
            )
        : StoredDocuments.PutAsync(
            shard,
            ConfigNames.RangeDeletions,
            now.ToDocument(cluster.Clock.Now),
            cancellationToken
        );

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
