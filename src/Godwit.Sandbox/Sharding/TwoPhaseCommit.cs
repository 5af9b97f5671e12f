using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Commits a transaction on several shards: all write down what they would do, then all are told the time from which it is seen,
/// the latest of those at which they were ready. Where one cannot, all abort. A decision is carried out whoever waits for it, and
/// however often a shard changes its primary meanwhile, as MongoDB's coordinator does. It is written down before anybody is told
/// (transaction_coordinator.cpp): when the cluster ends meanwhile, its next life carries it out.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="session">The session of the transaction.</param>
/// <param name="number">Its number.</param>
internal sealed class TwoPhaseCommit(ShardedCluster cluster, LogicalSessionId session, long number)
{
    /// <summary>Takes up what an earlier life of the cluster has not finished on a shard.</summary>
    internal static async ValueTask RecoverAsync(
        ShardedCluster cluster,
        ShardServer shard,
        CancellationToken cancellationToken
    )
    {
        foreach (var record in await CoordinatorRecord.ReadAsync(shard, cancellationToken).ConfigureAwait(false))
        {
            var commit = new TwoPhaseCommit(cluster, record.Session, record.Number);
            try
            {
                await (
                    record.CommitTime is { } time
                        ? commit.CommitAsync(record, time, cancellationToken)
                        : commit.PrepareAsync(record, cancellationToken).AsTask()
                ).ConfigureAwait(false);
            }
            catch (CommandException)
            {
                // It is aborted everywhere: one of the shards had not written it down.
            }
        }
    }

    /// <summary>Commits, or aborts and throws what a shard refused.</summary>
    /// <param name="shards">The shards that were written to.</param>
    /// <param name="cancellationToken">Ends the wait; not what was decided.</param>
    internal async ValueTask RunAsync(IReadOnlyList<ShardServer> shards, CancellationToken cancellationToken)
    {
        var record = new CoordinatorRecord(session, number, [.. shards.Select(shard => shard.Name)], null);
        try
        {
            await record.StoreAsync(cluster, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await EndAsync(record, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await PrepareAsync(record, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Aborts on shards, before anything was written down.</summary>
    internal Task AbortAsync(IReadOnlyList<ShardServer> shards, CancellationToken cancellationToken) =>
        cluster
            .Ongoing.Begin(stopping => Task.WhenAll(shards.Select(shard => TellAsync(shard, null, stopping))))
            .WaitAsync(cancellationToken);

    private async ValueTask PrepareAsync(CoordinatorRecord record, CancellationToken cancellationToken)
    {
        var time = ClusterTime.Zero;
        try
        {
            foreach (var shard in record.Participants.Select(cluster.Shard))
            {
                var prepared = await shard
                    .DoAsync(TransactionTasks.Prepare, TransactionTasks.Of(session, number), cancellationToken)
                    .ConfigureAwait(false);
                time = ClusterTime.Max(time, prepared["time"].AsTimestamp);
            }
        }
        catch
        {
            await EndAsync(record, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await CommitAsync(record, time, cancellationToken).ConfigureAwait(false);
    }

    private Task CommitAsync(CoordinatorRecord record, ClusterTime time, CancellationToken cancellationToken) =>
        EndAsync(record with { CommitTime = time }, cancellationToken);

    private Task EndAsync(CoordinatorRecord record, CancellationToken cancellationToken) =>
        cluster
            .Ongoing.Begin(async stopping =>
            {
                if (record.CommitTime is not null)
                {
                    await InsistAsync(() => record.StoreAsync(cluster, stopping), stopping).ConfigureAwait(false);
                }

                await Task.WhenAll(
                        record.Participants.Select(name => TellAsync(cluster.Shard(name), record.CommitTime, stopping))
                    )
                    .ConfigureAwait(false);
                await InsistAsync(() => record.RemoveAsync(cluster, stopping), stopping).ConfigureAwait(false);
            })
            .WaitAsync(cancellationToken);

    // The coordinator's own shard commits before the others, and what goes out from here meanwhile tells its time
    // (transaction_coordinator_futures_util.cpp): a task tells it before a majority has what it wrote.
    private Task TellAsync(ShardServer shard, ClusterTime? commitTime, CancellationToken stopping)
    {
        var task = commitTime is null ? TransactionTasks.Abort : TransactionTasks.Commit;
        return InsistAsync(
            async () =>
                _ = await shard
                    .DoAsync(
                        task,
                        TransactionTasks.Of(session, number).Add("time", commitTime ?? RawValue.Missing),
                        stopping
                    )
                    .ConfigureAwait(false),
            stopping
        );
    }

    // Where the primary has gone, the next one has what was written down, and is told the same.
    private Task InsistAsync(Func<ValueTask> step, CancellationToken stopping) =>
        Insistence.UntilDoneAsync(step, cluster.Time, stopping);
}
