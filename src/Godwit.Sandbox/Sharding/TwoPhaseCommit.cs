using Godwit.Bson;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Commits a transaction on several shards: all write down what they would do, then all are told the time from which it is seen,
/// the latest of those at which they were ready. Where one cannot, all abort.
/// </summary>
internal static class TwoPhaseCommit
{
    /// <summary>Commits, or aborts and throws what a shard refused.</summary>
    internal static async ValueTask RunAsync(
        ShardedCluster cluster,
        LogicalSessionId session,
        long number,
        IReadOnlyList<ShardServer> shards,
        CancellationToken cancellationToken
    )
    {
        var time = ClusterTime.Zero;
        try
        {
            foreach (var shard in shards)
            {
                time = ClusterTime.Max(
                    time,
                    await OnAsync(
                            cluster,
                            shard,
                            node => PreparedTransactions.Prepare(node, session, number),
                            cancellationToken
                        )
                        .ConfigureAwait(false)
                );
            }
        }
        catch
        {
            foreach (var shard in shards)
            {
                await AbortAsync(cluster, shard, session, number).ConfigureAwait(false);
            }

            throw;
        }

        // From here on there is no way back: who waits for the answer may go, the decision is carried out all the same.
        foreach (var shard in shards)
        {
            await CommitAsync(cluster, shard, session, number, time).ConfigureAwait(false);
        }
    }

    /// <summary>Aborts on a shard.</summary>
    internal static ValueTask<bool> AbortAsync(
        ShardedCluster cluster,
        ShardServer shard,
        LogicalSessionId session,
        long number
    ) =>
        OnAsync(
            cluster,
            shard,
            node =>
            {
                PreparedTransactions.Abort(node, session, number);
                return true;
            },
            CancellationToken.None
        );

    private static async ValueTask CommitAsync(
        ShardedCluster cluster,
        ShardServer shard,
        LogicalSessionId session,
        long number,
        ClusterTime time
    )
    {
        for (var isDone = false; !isDone; )
        {
            try
            {
                isDone = await OnAsync(
                        cluster,
                        shard,
                        node =>
                        {
                            PreparedTransactions.Commit(node, session, number, time);
                            return true;
                        },
                        CancellationToken.None
                    )
                    .ConfigureAwait(false);
            }
            catch (Errors.CommandException lost)
                when (lost.Code
                        is Errors.ErrorCode.HostUnreachable
                            or Errors.ErrorCode.NotWritablePrimary
                            or Errors.ErrorCode.InterruptedDueToReplStateChange
                )
            {
                // The primary has gone: the next one has what was written down, and is told the same.
                await Task.Delay(TimeSpan.FromMilliseconds(50), cluster.Time).ConfigureAwait(false);
            }
        }
    }

    private static ValueTask<T> OnAsync<T>(
        ShardedCluster cluster,
        ShardServer shard,
        Func<Storage.Node, T> work,
        CancellationToken cancellationToken
    ) =>
        shard.OnPrimaryAsync(
            async (member, token) =>
            {
                var result = work(member.Node);
                var written = member.Node.LastApplied.Time;
                await member
                    .Node.Changed.WaitAsync(() => member.Node.MajorityTime >= written, token)
                    .ConfigureAwait(false);
                return result;
            },
            cancellationToken
        );
}
