using Godwit.Bson;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Spooling;

/// <summary>
/// Stands between the change stream and the router: replies wait in memory up to a bound, beyond it on disk where there is a spool
/// (S33); without one, or with the disk bound reached, the stream is not read on. One writer, one reader.
/// </summary>
internal sealed class EventBuffer(ByteBudget memory, StreamSpool? spool)
{
    /// <summary>What the engine keeps for each event beside its bytes.</summary>
    private const int EventOverhead = 128;

    private readonly Queue<BufferedBatch> queue = [];
    private readonly Lock gate = new();
    private readonly Pulse changed = new();

    /// <summary>What a reply takes of the memory bound.</summary>
    internal static long CostOf(long bytes, int count) => bytes + ((long)count * EventOverhead) + EventOverhead;

    /// <summary>Hands a reply over, as soon as there is room for it. Takes the batch over.</summary>
    /// <param name="from">The token the stream had before it.</param>
    /// <param name="batch">The reply.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task AddAsync(RawDocument from, ChangeBatch batch, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (read, freed, erased) = (changed.Next, memory.Freed, spool?.Freed ?? Task.CompletedTask);
            var isInMemory = spool?.HasUnread != true;
            if (isInMemory && memory.TryTake(CostOf(batch.Events.Bytes.Length, batch.Events.Count)) is { } share)
            {
                lock (gate)
                {
                    queue.Enqueue(new(batch, share));
                }

                break;
            }

            if (spool is not null && await spool.TryAppendAsync(from, batch, cancellationToken))
            {
                batch.Dispose();
                break;
            }

            await Task.WhenAny(spool is null ? [freed] : [read, freed, erased]).WaitAsync(cancellationToken);
        }

        changed.Set();
    }

    /// <summary>The oldest reply, when there is one and memory for it.</summary>
    internal async Task<BufferedBatch> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = changed.Next;
            // Looked at before memory: what is on the disk by now came after all that is in memory by then. The other way round both may fill
            // in between, and the disk's is taken first, or waits for memory that nobody gives back.
            var isOnDisk = spool?.HasUnread == true;
            lock (gate)
            {
                if (queue.TryDequeue(out var batch))
                {
                    return batch;
                }
            }

            if (isOnDisk)
            {
                var share = await memory.TakeAsync(spool!.NextCost, cancellationToken);
                var read = await spool.ReadAsync(cancellationToken);
                changed.Set();
                return new(read, share);
            }

            await next.WaitAsync(cancellationToken);
        }
    }
}

/// <summary>A reply with its share of the memory bound; whoever uses it last disposes both.</summary>
internal readonly record struct BufferedBatch(ChangeBatch Batch, IDisposable Share);
