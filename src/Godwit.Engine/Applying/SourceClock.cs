using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// The source's cluster time as far as it is known here: snapshots are read at it, so that they are as fresh as they can be. It can be
/// pushed on, since a time the source has not reached cannot be read at (S4).
/// </summary>
internal sealed class SourceClock(ICluster source, TimeProvider time)
{
    private static readonly TimeSpan Freshness = TimeSpan.FromMilliseconds(500);
    private readonly SemaphoreSlim asking = new(1);
    private long askedAt = long.MinValue;
    private ulong known;

    /// <summary>The newest time known.</summary>
    internal ClusterTime Known => ClusterTime.FromPacked(Volatile.Read(ref known));

    /// <summary>A time not much older than now.</summary>
    internal async Task<ClusterTime> NowAsync(CancellationToken cancellationToken)
    {
        await asking.WaitAsync(cancellationToken);
        try
        {
            if (askedAt == long.MinValue || time.GetElapsedTime(askedAt) > Freshness)
            {
                var identity = await source.IdentifyAsync(cancellationToken);
                Advance(identity.OperationTime);
                askedAt = time.GetTimestamp();
            }

            return Known;
        }
        finally
        {
            _ = asking.Release();
        }
    }

    /// <summary>The time of now: nothing that was read before this was asked is later.</summary>
    internal async Task<ClusterTime> LatestAsync(CancellationToken cancellationToken)
    {
        Advance((await source.IdentifyAsync(cancellationToken)).OperationTime);
        return Known;
    }

    /// <summary>Has the stream come past now, which of an idle source it does when something comes after.</summary>
    internal async Task PushAsync(CancellationToken cancellationToken) =>
        Advance(await source.AppendNoteAsync("godwit: clock", cancellationToken));

    /// <summary>Makes sure that the source has reached a time, writing a note if nothing else moves it on.</summary>
    internal async Task ReachAsync(ClusterTime wanted, CancellationToken cancellationToken)
    {
        if (Known < wanted && await NowAsync(cancellationToken) < wanted)
        {
            await PushAsync(cancellationToken);
        }
    }

    private void Advance(ClusterTime to)
    {
        var current = Volatile.Read(ref known);
        while (to.Packed > current)
        {
            var before = Interlocked.CompareExchange(ref known, to.Packed, current);
            if (before == current)
            {
                return;
            }

            current = before;
        }
    }
}
