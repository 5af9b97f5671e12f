using System.Collections.Concurrent;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Sync.Running;

/// <summary>How long each cluster takes to answer, asked every half minute, as mongosync shows it.</summary>
internal sealed class PingWatch(TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<ClusterLabel, int> latencies = [];

    /// <summary>Milliseconds; −1 if it did not answer, <see langword="null"/> while that is not known or below one.</summary>
    internal int? Of(ClusterLabel cluster) =>
        latencies.TryGetValue(cluster, out var found) && found != 0 ? found : null;

    internal async Task RunAsync(
        IReadOnlyDictionary<ClusterLabel, IDestinationCluster> clusters,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            foreach (var (label, cluster) in clusters)
            {
                latencies[label] = await AskAsync(cluster, cancellationToken);
            }

            await Task.Delay(Every, time, cancellationToken);
        }
    }

    private async Task<int> AskAsync(IDestinationCluster cluster, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            _ = await cluster.IdentifyAsync(cancellationToken);
            return (int)time.GetElapsedTime(start).TotalMilliseconds;
        }
        catch (ClusterException)
        {
            return -1;
        }
    }
}
