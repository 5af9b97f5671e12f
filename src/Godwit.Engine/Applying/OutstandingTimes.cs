using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>
/// The times of events that are routed but not yet acknowledged; its smallest holds the floor (S16). What is removed is noted in a
/// heap of its own and taken out of both when it comes to the top, so that nothing is allocated for a single event.
/// </summary>
internal sealed class OutstandingTimes
{
    private readonly PriorityQueue<ClusterTime, ClusterTime> added = new();
    private readonly PriorityQueue<ClusterTime, ClusterTime> removed = new();

    internal bool IsEmpty => Count == 0;

    internal int Count => added.Count - removed.Count;

    internal ClusterTime? Smallest
    {
        get
        {
            while (removed.Count > 0 && removed.Peek() == added.Peek())
            {
                _ = removed.Dequeue();
                _ = added.Dequeue();
            }

            return added.Count > 0 ? added.Peek() : null;
        }
    }

    internal void Add(ClusterTime time) => added.Enqueue(time, time);

    /// <summary>Removes one that was added.</summary>
    internal void Remove(ClusterTime time)
    {
        if (IsEmpty)
        {
            throw new InvalidOperationException($"{time} is not outstanding");
        }

        removed.Enqueue(time, time);
        _ = Smallest;
    }
}
