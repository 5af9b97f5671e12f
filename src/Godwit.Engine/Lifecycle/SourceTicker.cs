using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Lifecycle;

/// <summary>
/// Keeps a sharded source's stream moving (S34): a router holds an event back until every shard's clock has passed it, and a shard that
/// is not written to moves its clock only every ten seconds. A note through the router is written on every shard.
/// </summary>
internal sealed class SourceTicker(SyncState state, ISourceCluster source, SourceClock clock, RetryPolicy retry)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Writes a note about once a second while the stream is behind the source's clock, until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = await retry.RunAsync(clock.NowAsync, cancellationToken);
            if (IsBehind(now))
            {
                _ = await retry.RunAsync(token => source.AppendNoteAsync("godwit: tick", token), cancellationToken);
            }

            await Task.Delay(Every, retry.Time, cancellationToken);
        }
    }

    private bool IsBehind(Bson.ClusterTime now)
    {
        lock (state.Gate)
        {
            return state.Router.Seen < now;
        }
    }
}
