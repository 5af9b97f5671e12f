using Godwit.Bson;

namespace Godwit.Engine.Applying;

/// <summary>
/// The times of events that are routed but not yet acknowledged; its smallest holds the floor (S16). Times come nearly always in
/// ascending order: those are counted in a ring, each distinct one once. One that comes late, because a key became dirty, goes into a
/// heap; what is removed from it is noted in another and taken out of both when it comes to the top.
/// </summary>
internal sealed class OutstandingTimes
{
    private readonly PriorityQueue<ClusterTime, ClusterTime> late = new();
    private readonly PriorityQueue<ClusterTime, ClusterTime> lateRemoved = new();
    private (ClusterTime Time, int Count)[] ring = new (ClusterTime, int)[1024];
    private int first;
    private int used;
    private ClusterTime newest;

    internal bool IsEmpty => Count == 0;

    internal int Count { get; private set; }

    internal ClusterTime? Smallest
    {
        get
        {
            var inOrder = used > 0 ? At(0).Time : (ClusterTime?)null;
            return late.TryPeek(out var time, out _) && !(inOrder < time) ? time : inOrder;
        }
    }

    internal void Add(ClusterTime time)
    {
        Count++;
        if (time > newest)
        {
            Append(time);
        }
        else if (Find(time) is >= 0 and var index)
        {
            At(index).Count++;
        }
        else
        {
            late.Enqueue(time, time);
        }
    }

    /// <summary>Removes one that was added.</summary>
    internal void Remove(ClusterTime time)
    {
        if (IsEmpty)
        {
            throw new InvalidOperationException($"{time} is not outstanding");
        }

        Count--;
        // A time that is not in the ring when it comes can never get into it: so each is found where it was put.
        if (Find(time) is >= 0 and var index && At(index).Count > 0)
        {
            At(index).Count--;
            DropFinished();
            return;
        }

        lateRemoved.Enqueue(time, time);
        while (lateRemoved.Count > 0 && lateRemoved.Peek() == late.Peek())
        {
            _ = lateRemoved.Dequeue();
            _ = late.Dequeue();
        }
    }

    private ref (ClusterTime Time, int Count) At(int index) => ref ring[(first + index) & (ring.Length - 1)];

    private void Append(ClusterTime time)
    {
        newest = time;
        if (used == ring.Length)
        {
            Grow();
        }

        used++;
        At(used - 1) = (time, 1);
    }

    private void Grow()
    {
        var larger = new (ClusterTime, int)[2 * ring.Length];
        for (var i = 0; i < used; i++)
        {
            larger[i] = At(i);
        }

        (ring, first) = (larger, 0);
    }

    private void DropFinished()
    {
        while (used > 0 && At(0).Count == 0)
        {
            first = (first + 1) & (ring.Length - 1);
            used--;
        }
    }

    private int Find(ClusterTime time)
    {
        var (low, high) = (0, used - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var there = At(middle).Time;
            if (there == time)
            {
                return middle;
            }

            (low, high) = there < time ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }
}
