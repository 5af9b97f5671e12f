using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>Serves consecutive documents of a collection, batch by batch, out of one frame. One reader at a time.</summary>
internal sealed class DocumentBatches
{
    private readonly SyntheticCollection collection;
    private readonly CursorFrame frame;
    private int laidOut;
    private int damagedFrom = -1;

    public DocumentBatches(SyntheticCollection collection)
    {
        this.collection = collection;
        var most = Math.Max(1, CursorFrame.BatchBytesMax / collection.DocumentBytes);
        Capacity = (int)Math.Clamp(collection.Documents, 1, most);
        frame = new(Offset(Capacity) - CursorFrame.FirstElement);
    }

    /// <summary>Documents of a full batch.</summary>
    public int Capacity { get; }

    /// <summary>Makes the reply that carries <paramref name="count"/> documents. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Next(
        MessageHeader request,
        bool isFirst,
        long firstId,
        int count,
        long cursorId,
        NullClock clock
    )
    {
        Repair();
        if (count > laidOut)
        {
            LayOut(laidOut, count);
            laidOut = count;
        }

        var offset = CursorFrame.FirstElement;
        for (var i = 0; i < count; i++)
        {
            offset += 2 + CursorFrame.Digits(i);
            SyntheticCollection.PatchId(frame.Bytes.AsSpan(offset), firstId + i);
            offset += collection.DocumentBytes;
        }

        damagedFrom = count < laidOut ? count : -1;
        return frame.Finish(
            request,
            isFirst,
            offset,
            Replies.RestOfCursor(cursorId, collection.Name),
            Replies.Ok(clock)
        );
    }

    /// <summary>Puts back what the end of a short batch was written over.</summary>
    private void Repair()
    {
        if (damagedFrom >= 0)
        {
            LayOut(
                damagedFrom,
                Math.Min(laidOut, damagedFrom + 2 + (CursorFrame.TailBytesMax / collection.DocumentBytes))
            );
            damagedFrom = -1;
        }
    }

    private void LayOut(int from, int to)
    {
        var offset = Offset(from);
        for (var i = from; i < to; i++)
        {
            offset = frame.WriteElementStart(offset, i);
            collection.Write(frame.Bytes.AsSpan(offset), 0);
            offset += collection.DocumentBytes;
        }
    }

    /// <summary>Where element <paramref name="index"/> of the array begins.</summary>
    private int Offset(int index)
    {
        var digits = 0;
        for (var from = 0; from < index; )
        {
            var to = Math.Min(index, from == 0 ? 10 : from * 10);
            digits += (to - from) * CursorFrame.Digits(from);
            from = to;
        }

        return CursorFrame.FirstElement + digits + (index * (2 + collection.DocumentBytes));
    }
}
