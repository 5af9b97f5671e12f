using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Pacing;

/// <summary>
/// Asks the source about once a second for one document, as its applications do, and tells the pacer how long that took: a read goes
/// through the same queues as theirs, which a ping does not.
/// </summary>
internal sealed class SourceProbe(
    SyncState state,
    ISourceCluster source,
    SourceClock clock,
    ReadPacer pacer,
    TimeProvider time
)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Asks until cancelled. What it cannot learn it leaves to those whose work depends on it.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Every, time, cancellationToken);
            if (pacer.Limits.Latency == TimeSpan.Zero || FindCollection() is not { } collection)
            {
                continue;
            }

            var asked = time.GetTimestamp();
            try
            {
                var nothing = new KeyRead(collection.Source.Address, clock.Known, [RawValue.MinKey]);
                using var answer = await source.ReadDocumentsAsync(nothing, cancellationToken);
                pacer.NoteLatency(time.GetElapsedTime(asked));
            }
            catch (ClusterException)
            {
                // Dropped, renamed, or out of reach for a moment: others see to that.
            }
        }
    }

    private FollowedCollection? FindCollection()
    {
        lock (state.Gate)
        {
            return clock.Known > ClusterTime.Zero
                ? state.Collections.FirstOrDefault(one => !one.IsGone && !one.IsCapped)
                : null;
        }
    }
}
