using Godwit.Engine.Pacing;

namespace Godwit.Engine.Spooling;

/// <summary>
/// Bounds the events that wait for their ranges, all ranges together: beyond so many bytes in memory those of the range with the most
/// go to disk (S5, S33); without a spool, or with the disk bound reached, nothing more is routed until a range is written.
/// </summary>
internal sealed class WaitingRoom(long bytesMax, SpoolFolder? folder)
{
    private readonly HashSet<WaitingEvents> all = [];
    private readonly Pulse freed = new();

    /// <summary>Guards the room and everything that waits in it; taken within the gate of the state, never around it.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Bytes in memory.</summary>
    internal long Used { get; private set; }

    internal SpoolFolder? Folder => folder;

    internal WaitingEvents Open()
    {
        var events = new WaitingEvents(this);
        lock (Gate)
        {
            _ = all.Add(events);
        }

        return events;
    }

    /// <summary>Makes sure that so many bytes of events may begin to wait.</summary>
    internal async Task MakeRoomAsync(long bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (left, erased) = (freed.Next, folder?.Freed);
            WaitingEvents? largest;
            lock (Gate)
            {
                if (Used == 0 || Used + bytes <= bytesMax)
                {
                    return;
                }

                largest = all.MaxBy(one => one.BytesInMemory);
            }

            if (folder is null || largest is null || !await largest.TrySpillAsync(folder, cancellationToken))
            {
                await Task.WhenAny(erased is null ? [left] : [left, erased]).WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Under the gate: memory was taken or given back.</summary>
    internal void Count(long bytes)
    {
        Used += bytes;
        if (bytes < 0)
        {
            freed.Set();
        }
    }

    /// <summary>Under the gate: the events are over.</summary>
    internal void Close(WaitingEvents events) => _ = all.Remove(events);
}
