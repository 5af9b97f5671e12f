using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>The times of events that are routed but not yet acknowledged; its smallest holds the floor (S16).</summary>
internal sealed class OutstandingTimes
{
    private readonly SortedDictionary<ClusterTime, int> counts = [];

    internal bool IsEmpty => counts.Count == 0;

    internal int Count { get; private set; }

    internal ClusterTime? Smallest
    {
        get
        {
            foreach (var (time, _) in counts)
            {
                return time;
            }

            return null;
        }
    }

    internal void Add(ClusterTime time)
    {
        counts[time] = counts.GetValueOrDefault(time) + 1;
        Count++;
    }

    internal void Remove(ClusterTime time)
    {
        var left = counts[time] - 1;
        Count--;
        if (left == 0)
        {
            _ = counts.Remove(time);
        }
        else
        {
            counts[time] = left;
        }
    }
}
