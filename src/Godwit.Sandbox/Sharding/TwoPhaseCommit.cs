using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Commits a transaction on several shards: all write down what they would do, then all are told the time from which it is seen,
/// the latest of those at which they were ready. Where one cannot, all abort. A decision is carried out whoever waits for it, and
/// however often a shard changes its primary meanwhile, as MongoDB's coordinator does; only the end of the cluster ends that.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="session">The session of the transaction.</param>
/// <param name="number">Its number.</param>
internal sealed class TwoPhaseCommit(ShardedCluster cluster, LogicalSessionId session, long number)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Commits, or aborts and throws what a shard refused.</summary>
    /// <param name="shards">The shards that were written to.</param>
    /// <param name="cancellationToken">Ends the wait; not what was decided.</param>
    internal async ValueTask RunAsync(IReadOnlyList<ShardServer> shards, CancellationToken cancellationToken)
    {
        var time = ClusterTime.Zero;
        try
        {
            foreach (var shard in shards)
            {
                var prepared = await OnAsync(
                        shard,
                        node => PreparedTransactions.Prepare(node, session, number),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                time = ClusterTime.Max(time, prepared);
            }
        }
        catch
        {
            await AbortAsync(shards, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await DecideAsync(shards, node => PreparedTransactions.Commit(node, session, number, time), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Aborts on shards.</summary>
    internal Task AbortAsync(IReadOnlyList<ShardServer> shards, CancellationToken cancellationToken) =>
        DecideAsync(shards, node => PreparedTransactions.Abort(node, session, number), cancellationToken);

    private Task DecideAsync(
        IReadOnlyList<ShardServer> shards,
        Action<Node> decision,
        CancellationToken cancellationToken
    ) =>
        cluster
            .Ongoing.Begin(stopping => Task.WhenAll(shards.Select(shard => TellAsync(shard, decision, stopping))))
            .WaitAsync(cancellationToken);

    private async Task TellAsync(ShardServer shard, Action<Node> decision, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                _ = await OnAsync(
                        shard,
                        node =>
                        {
                            decision(node);
                            return true;
                        },
                        stopping
                    )
                    .ConfigureAwait(false);
                return;
            }
            catch (CommandException lost) when (lost.Code.IsAboutPrimary())
            {
                // The primary has gone: the next one has what was written down, and is told the same.
                await Task.Delay(Pause, cluster.Time, stopping).ConfigureAwait(false);
            }
        }
    }

    private static ValueTask<T> OnAsync<T>(
        ShardServer shard,
        Func<Node, T> work,
        CancellationToken cancellationToken
    ) => shard.OnMajorityAsync((member, _) => ValueTask.FromResult(work(member.Node)), cancellationToken);
}
