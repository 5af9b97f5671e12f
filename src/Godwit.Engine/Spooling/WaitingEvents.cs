using Godwit.Bson;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Spooling;

/// <summary>
/// The events of one open range, in order, in blocks of their own (S5): the newest in memory, the older ones on disk once memory ran
/// short (S33). Events are added by the router and taken out by the range's copier.
/// </summary>
internal sealed class WaitingEvents : IDisposable
{
    private const int BlockBytesMin = 4 * 1024;
    private const int BlockBytesMax = 256 * 1024;
    private readonly WaitingRoom room;
    private readonly Queue<Block> blocks = [];
    private readonly Queue<(SpoolPlace Place, int Bytes, int Count)> onDisk = [];
    private readonly SemaphoreSlim moving = new(1);
    private Block? newest;
    private SpoolFile? file;
    private bool isOver;

    internal WaitingEvents(WaitingRoom room) => this.room = room;

    /// <summary>Bytes that could be spilled; under the room's gate.</summary>
    internal long BytesInMemory { get; private set; }

    /// <summary>Events that wait, wherever they are.</summary>
    internal long Count { get; private set; }

    internal bool IsEmpty
    {
        get
        {
            lock (room.Gate)
            {
                return Count == 0;
            }
        }
    }

    /// <summary>Appends an event, copying it.</summary>
    internal void Add(RawDocument change)
    {
        lock (room.Gate)
        {
            if (newest is null || newest.Free < change.Length)
            {
                var wanted = newest is null ? BlockBytesMin : Math.Min(2 * newest.Capacity, BlockBytesMax);
                newest = new(Math.Max(wanted, change.Length));
                blocks.Enqueue(newest);
                BytesInMemory += newest.Capacity;
                room.Count(newest.Capacity);
            }

            newest.Add(change);
            Count++;
        }
    }

    /// <summary>The oldest events, many at a time; <see langword="null"/> if there are none.</summary>
    internal async Task<DocumentBatch?> TakeAsync(CancellationToken cancellationToken)
    {
        await moving.WaitAsync(cancellationToken);
        try
        {
            return isOver ? null
                : onDisk.Count > 0 ? await TakeFromDiskAsync(cancellationToken)
                : TakeFromMemory();
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Moves what is in memory to disk; false if nothing could be.</summary>
    internal async Task<bool> TrySpillAsync(SpoolFolder folder, CancellationToken cancellationToken)
    {
        await moving.WaitAsync(cancellationToken);
        try
        {
            var hasMoved = false;
            while (!isOver && TakeToSpill(folder) is { } taken)
            {
                using var block = taken;
                file ??= await folder.CreateAsync(SpoolFolder.WaitingPrefix, cancellationToken);
                var place = await file.AppendAsync(block.Bytes, cancellationToken);
                onDisk.Enqueue((place, block.Bytes.Length, block.Count));
                hasMoved = true;
            }

            return hasMoved;
        }
        finally
        {
            Release();
        }
    }

    /// <summary>The range is copied, or its copy was given up: the events are over.</summary>
    public void Dispose()
    {
        lock (room.Gate)
        {
            isOver = true;
            room.Close(this);
            while (TakeOldest() is { } block)
            {
                block.Dispose();
            }

            Count = 0;
        }

        EraseWhenIdle();
    }

    private void Release()
    {
        _ = moving.Release();
        if (isOver)
        {
            EraseWhenIdle();
        }
    }

    /// <summary>Removes the file unless someone is at it, who then does it in turn.</summary>
    private void EraseWhenIdle()
    {
        if (!moving.Wait(0))
        {
            return;
        }

        if (Interlocked.Exchange(ref file, null) is { } left)
        {
            room.Folder!.Erase(left);
        }

        _ = moving.Release();
    }

    /// <summary>The oldest block in memory, with room on disk reserved for it; its events still wait.</summary>
    private Block? TakeToSpill(SpoolFolder folder)
    {
        lock (room.Gate)
        {
            return blocks.TryPeek(out var oldest) && folder.TryReserve(oldest.Bytes.Length) ? TakeOldest() : null;
        }
    }

    private DocumentBatch? TakeFromMemory()
    {
        lock (room.Gate)
        {
            var oldest = TakeOldest();
            Count -= oldest?.Count ?? 0;
            return oldest?.ToBatch();
        }
    }

    private Block? TakeOldest()
    {
        if (!blocks.TryDequeue(out var oldest))
        {
            return null;
        }

        newest = blocks.Count == 0 ? null : newest;
        BytesInMemory -= oldest.Capacity;
        room.Count(-oldest.Capacity);
        return oldest;
    }

    private async Task<DocumentBatch> TakeFromDiskAsync(CancellationToken cancellationToken)
    {
        var (place, bytes, count) = onDisk.Peek();
        var rented = new RentedBytes(bytes);
        await file!.ReadAsync(place, rented.Bytes, cancellationToken);
        _ = onDisk.Dequeue();
        lock (room.Gate)
        {
            Count -= count;
        }

        return new(rented.Bytes, count, rented);
    }

    /// <summary>Events standing one behind the other.</summary>
    private sealed class Block(int capacity) : IDisposable
    {
        private readonly RentedBytes rented = new(capacity);
        private int used;

        internal int Capacity => capacity;

        internal int Count { get; private set; }

        internal int Free => capacity - used;

        internal ReadOnlyMemory<byte> Bytes => rented.Bytes[..used];

        internal void Add(RawDocument change)
        {
            change.Bytes.CopyTo(rented.Bytes[used..]);
            used += change.Length;
            Count++;
        }

        internal DocumentBatch ToBatch() => new(Bytes, Count, rented);

        public void Dispose() => rented.Dispose();
    }
}
