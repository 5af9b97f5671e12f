using Godwit.Bson;

namespace Godwit.Bench.NullServers;

/// <summary>The cluster time of both null servers: moves with every write and note, and with the events that are served.</summary>
internal sealed class NullClock
{
    private static readonly RawDocument Signature = new DocumentBuilder
    {
        { "hash", RawValue.Binary(new byte[20]) },
        { "keyId", 0L },
    }.Build();

    private readonly Lock gate = new();
    private ClusterTime now = new((uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 1);
    private TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ClusterTime Now
    {
        get
        {
            lock (gate)
            {
                return now;
            }
        }
    }

    /// <summary>Completes when the time moves on.</summary>
    public Task Moved
    {
        get
        {
            lock (gate)
            {
                return moved.Task;
            }
        }
    }

    /// <summary>The time of a new operation.</summary>
    public ClusterTime Tick() => Advance(1, 0).End;

    /// <summary>Moves on to a time, unless it is past it.</summary>
    public void Reach(ClusterTime time)
    {
        TaskCompletionSource waiting;
        lock (gate)
        {
            now = ClusterTime.Max(now, time);
            waiting = moved;
            moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
    }

    /// <summary>Moves on by operations and seconds, at least to what a wall clock says. Returns the times before and after.</summary>
    public (ClusterTime Start, ClusterTime End) Advance(uint operations, uint seconds)
    {
        TaskCompletionSource waiting;
        ClusterTime start;
        ClusterTime end;
        lock (gate)
        {
            start = now;
            var wall = (uint)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            var second = Math.Max(now.Seconds + seconds, wall);
            now = second > now.Seconds ? new(second, operations) : new(second, now.Increment + operations);
            end = now;
            waiting = moved;
            moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
        return (start, end);
    }

    /// <summary>Adds what every reply of a replica set says about time.</summary>
    public DocumentBuilder AddTo(DocumentBuilder reply)
    {
        var time = Now;
        var signed = new DocumentBuilder { { "clusterTime", time }, { "signature", Signature } };
        return reply.Add("$clusterTime", signed).Add("operationTime", time);
    }
}
