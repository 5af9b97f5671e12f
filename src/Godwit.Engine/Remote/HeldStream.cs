using System.Collections.Concurrent;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Remote;

/// <summary>A stream that this host carries for the one that leads: reads it, keeps what its events bring, and writes it when told to.</summary>
/// <param name="stream">The open stream.</param>
/// <param name="holder">What its events are marked with.</param>
/// <param name="destination">Where they are written to.</param>
/// <param name="retry">How long faults of the destination are waited out.</param>
/// <param name="bytesMax">What may be kept.</param>
internal sealed class HeldStream(
    IChangeStream stream,
    long holder,
    IDestinationCluster destination,
    RetryPolicy retry,
    long bytesMax
) : IAsyncDisposable
{
    /// <summary>
    /// What a host keeps of a stream, unless told otherwise: as much as the leader may have of it in memory, and as is on its way. With less than
    /// that, a leader that is behind would get whole, and write itself, what others are there for.
    /// </summary>
    internal const long DefaultBytesMax = 256L * 1024 * 1024;

    private readonly HeldEvents events = new(bytesMax);
    private readonly ConcurrentBag<OrderDesk> desks = [];
    private long written;

    /// <summary>Changes written so far.</summary>
    internal long Written => Interlocked.Read(ref written);

    /// <summary>Reads on; what is kept here is a stub in the batch.</summary>
    internal async Task<ChangeBatch> NextAsync(HoldingTerms terms, CancellationToken cancellationToken)
    {
        events.Settle(terms.Settled);
        var batch = await stream.NextAsync(cancellationToken);
        return Keep(batch, terms.Whole);
    }

    /// <summary>Writes events that are kept here.</summary>
    /// <exception cref="ClusterException">The destination cannot be written to from here.</exception>
    internal async Task<LaneEnd> WriteAsync(LaneOrder order, CancellationToken cancellationToken)
    {
        var began = retry.Time.GetTimestamp();
        var areDone = new bool[order.Changes.Count];
        var (mayPass, bytes) = (false, 0L);
        var desk = desks.TryTake(out var used) ? used : new(new(destination, retry), [], new());
        try
        {
            Gather(order, desk);
            await foreach (var end in desk.Writer.WriteAsync(desk.Items, order.Tickets.Next, cancellationToken))
            {
                foreach (var item in end.Items)
                {
                    areDone[item.Held.Place] = end.AreDone;
                    bytes += end.AreDone ? item.Bytes : 0;
                }

                mayPass |= end.Refusal is { MayPass: true };
            }
        }
        finally
        {
            desk.Items.ForEach(item => item.Dispose());
            desk.Items.Clear();
            desks.Add(desk);
        }

        _ = Interlocked.Add(ref written, areDone.Count(done => done));
        return new(areDone, mayPass, bytes, retry.Time.GetElapsedTime(began));
    }

    public async ValueTask DisposeAsync()
    {
        events.Dispose();
        await stream.DisposeAsync();
    }

    /// <summary>The events of an order that are still here.</summary>
    private void Gather(LaneOrder order, OrderDesk desk)
    {
        var targets = order.Targets.Select(target => target.ToCollection()).ToList();
        for (var number = 0; number < order.Changes.Count; number++)
        {
            var (place, target) = order.Changes[number];
            if (events.Take(place) is not { } kept)
            {
                continue;
            }

            using var block = kept.Block;
            var (change, collection) = (ChangeEvent.Parse(kept.Change), targets[target]);
            var key = collection.Hash(desk.Keys.Encode(change.Id));
            desk.Items.Add(LaneItem.OfKept(new(change, collection, key, block), number));
        }
    }

    private ChangeBatch Keep(ChangeBatch batch, IReadOnlyCollection<Guid> whole)
    {
        var token = batch.PostBatchResumeToken;
        var first = events.TryKeep(batch, ResumeToken.TimeOf(token));
        if (first == 0)
        {
            return batch;
        }

        var count = batch.Events.Count;
        var room = new RentedBytes(batch.Events.Bytes.Length + (count * EventStubs.GrowthMax));
        var (end, last, place) = (0, 0, first);
        foreach (var document in batch.Events)
        {
            last = end;
            var span = room.Bytes.Span[end..];
            if (
                ChangeEvent.Parse(document) is { IsData: true, IsPartial: false } change
                && !whole.Contains(change.Collection)
            )
            {
                end += EventStubs.Write(document, new(holder, place, document.Length), span);
            }
            else
            {
                document.Bytes.Span.CopyTo(span);
                end += document.Length;
            }

            place++;
        }

        return new(new(room.Bytes[..end], count, room, last), new(token.Bytes.ToArray()));
    }

    /// <summary>What it takes to carry out an order, used for one after the other.</summary>
    private sealed record OrderDesk(LaneWriter Writer, List<LaneItem> Items, KeyScratch Keys);
}
