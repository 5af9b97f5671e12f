using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Remote;

/// <summary>
/// The events that this host keeps of one stream, reply by reply, until each is written or none is asked for any more. Bounded in bytes:
/// what there is no room for goes to the leader whole.
/// </summary>
internal sealed class HeldEvents(long bytesMax) : IDisposable
{
    /// <summary>Bits of a place that say which event of its reply it is.</summary>
    private const int IndexBits = 24;

    private readonly Lock gate = new();
    private readonly SortedDictionary<long, Reply> replies = [];
    private long bytes;
    private long newest;
    private bool isOver;

    /// <summary>Keeps a reply, if there is room for it; takes it over then.</summary>
    /// <param name="batch">The reply.</param>
    /// <param name="through">A time that nothing in it is later than.</param>
    /// <returns>The place of its first event; 0 if it was not kept.</returns>
    internal long TryKeep(ChangeBatch batch, ClusterTime through)
    {
        var size = batch.Events.Bytes.Length;
        lock (gate)
        {
            if (isOver || batch.Events.Count == 0 || bytes + size > bytesMax)
            {
                return 0;
            }

            bytes += size;
            replies.Add(++newest, new(batch, through));
            return newest << IndexBits;
        }
    }

    /// <summary>Takes out an event, with a share of its bytes; <see langword="null"/> if it is not kept any more.</summary>
    internal (RawDocument Change, SharedBlock Block)? Take(long place)
    {
        lock (gate)
        {
            var number = place >> IndexBits;
            if (!replies.TryGetValue(number, out var reply))
            {
                return null;
            }

            var block = reply.Block.Share();
            var change = reply.Take((int)(place & ((1 << IndexBits) - 1)));
            if (reply.Left == 0)
            {
                Remove(number, reply);
            }

            return (change, block);
        }
    }

    /// <summary>Nothing up to this time is asked for any more.</summary>
    internal void Settle(ClusterTime through)
    {
        lock (gate)
        {
            while (replies.FirstOrDefault() is { Value: { } oldest } pair && oldest.Through <= through)
            {
                Remove(pair.Key, oldest);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isOver = true;
            foreach (var reply in replies.Values)
            {
                reply.Block.Dispose();
            }

            replies.Clear();
            bytes = 0;
        }
    }

    private void Remove(long number, Reply reply)
    {
        bytes -= reply.Size;
        _ = replies.Remove(number);
        reply.Block.Dispose();
    }

    private sealed class Reply
    {
        private readonly List<RawDocument> events;

        internal Reply(ChangeBatch batch, ClusterTime through)
        {
            (Block, Size, Through, Left) = (new(batch), batch.Events.Bytes.Length, through, batch.Events.Count);
            events = new(batch.Events.Count);
            foreach (var change in batch.Events)
            {
                events.Add(change);
            }
        }

        internal SharedBlock Block { get; }

        internal int Size { get; }

        internal ClusterTime Through { get; }

        /// <summary>Events that were not taken out.</summary>
        internal int Left { get; private set; }

        internal RawDocument Take(int index)
        {
            Left--;
            return events[index];
        }
    }
}
