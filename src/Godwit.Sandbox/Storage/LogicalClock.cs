using Godwit.Bson;

namespace Godwit.Sandbox.Storage;

/// <summary>A member's cluster time: follows the wall clock, never goes back, and takes over later times heard from others.</summary>
internal sealed class LogicalClock(TimeProvider time)
{
    private readonly Lock gate = new();
    private ClusterTime now;

    /// <summary>The latest time given or heard.</summary>
    internal ClusterTime Now
    {
        get
        {
            lock (gate)
            {
                return now;
            }
        }
    }

    /// <summary>Seconds of the wall clock.</summary>
    internal uint WallSeconds => (uint)time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>A new time, later than all before.</summary>
    internal ClusterTime Tick()
    {
        lock (gate)
        {
            var wall = WallSeconds;
            now = wall > now.Seconds ? new(wall, 1) : now.Next();
            return now;
        }
    }

    /// <summary>Goes forward to a time heard from elsewhere.</summary>
    internal void Advance(ClusterTime to)
    {
        lock (gate)
        {
            now = ClusterTime.Max(now, to);
        }
    }
}
