using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Spooling;

/// <summary>
/// Replies of the change stream that the engine cannot take yet, on disk in order (S33). They stay until a checkpoint has passed them,
/// so that after a crash the stream goes on behind them even where the source's oplog has forgotten them.
/// </summary>
internal sealed class StreamSpool(SpoolFolder folder, long epoch) : IDisposable
{
    private const string Prefix = "stream";
    private const long SegmentBytes = 64L * 1024 * 1024;
    private readonly List<Segment> segments = [];
    private readonly Queue<Entry> unread = [];
    private readonly SemaphoreSlim writing = new(1);
    private readonly Lock gate = new();

    /// <summary>Whether replies are still to be read.</summary>
    internal bool HasUnread
    {
        get
        {
            lock (gate)
            {
                return unread.Count > 0;
            }
        }
    }

    /// <summary>What reading the next reply takes in memory.</summary>
    internal long NextCost
    {
        get
        {
            lock (gate)
            {
                return EventBuffer.CostOf(unread.Peek().Bytes, unread.Peek().Count);
            }
        }
    }

    /// <summary>Completes when room on disk is given back next.</summary>
    internal Task Freed => folder.Freed;

    /// <summary>Takes up what an earlier life left, if it holds everything after <paramref name="floor"/>.</summary>
    /// <returns>The token after which the stream goes on; empty if nothing of use was left.</returns>
    internal async Task<RawDocument> RecoverAsync(ClusterTime floor, CancellationToken cancellationToken)
    {
        var found = new List<(Entry Entry, RawDocument From, RawDocument To)>();
        foreach (var name in folder.Find(Prefix))
        {
            await ScanAsync(await folder.OpenAsync(name, cancellationToken), found, cancellationToken);
        }

        // Replies that did not go over the disk leave a gap: only what hangs together up to the end is of use.
        var start = found.Count - 1;
        while (start > 0 && found[start].From == found[start - 1].To)
        {
            start--;
        }

        var first = found.FindLastIndex(one => !one.From.IsEmpty && ResumeToken.TimeOf(one.From) <= floor);
        if (first < Math.Max(start, 0) || ResumeToken.TimeOf(found[^1].To) <= floor)
        {
            EraseWhere(_ => true);
            return RawDocument.Empty;
        }

        lock (gate)
        {
            foreach (var (entry, _, _) in found[first..])
            {
                entry.Segment.Unread++;
                unread.Enqueue(entry);
            }
        }

        EraseWhere(segment => segment.Unread == 0);
        return found[^1].To;
    }

    /// <summary>Appends a reply; false if the disk bound is reached.</summary>
    internal async Task<bool> TryAppendAsync(RawDocument from, ChangeBatch batch, CancellationToken cancellationToken)
    {
        var to = batch.PostBatchResumeToken;
        var count = batch.Events.Count;
        var header = new DocumentBuilder
        {
            { "from", from },
            { "to", to },
            { "count", count },
        }.Build();
        var bytes = batch.Events.Bytes;
        if (!folder.TryReserve(header.Length + SpoolFile.RecordOverhead + bytes.Length))
        {
            return false;
        }

        await writing.WaitAsync(cancellationToken);
        try
        {
            var segment = await SegmentToWriteAsync(cancellationToken);
            var place = await segment.File.AppendAsync(header.Bytes, cancellationToken);
            var payload = await segment.File.AppendAsync(bytes, cancellationToken);
            lock (gate)
            {
                segment.Newest = ResumeToken.TimeOf(to);
                segment.Unread++;
                unread.Enqueue(new(segment, place, header.Length, payload, bytes.Length, count));
            }
        }
        finally
        {
            _ = writing.Release();
        }

        return true;
    }

    /// <summary>Reads the oldest unread reply.</summary>
    internal async Task<ChangeBatch> ReadAsync(CancellationToken cancellationToken)
    {
        Entry entry;
        lock (gate)
        {
            entry = unread.Peek();
        }

        var header = new byte[entry.HeaderBytes];
        var block = new RentedBytes(entry.Bytes);
        try
        {
            await entry.Segment.File.ReadAsync(entry.Header, header, cancellationToken);
            await entry.Segment.File.ReadAsync(entry.Payload, block.Bytes, cancellationToken);
        }
        catch (InvalidDataException damaged)
        {
            block.Dispose();
            throw new MigrationFailedException(
                "SpoolDamaged",
                damaged.Message,
                "Delete the spool folder and run the migration again: it goes on from its checkpoint.",
                damaged
            );
        }

        lock (gate)
        {
            _ = unread.Dequeue();
            entry.Segment.Unread--;
        }

        return new(new(block.Bytes, entry.Count, block), new RawDocument(header)["to"].AsDocument);
    }

    /// <summary>A checkpoint holds everything up to <paramref name="floor"/>: what lies before it goes.</summary>
    internal async Task ForgetAsync(ClusterTime floor, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            EraseWhere(segment => segment.Unread == 0 && segment.Newest <= floor);
        }
        finally
        {
            _ = writing.Release();
        }
    }

    /// <summary>Forgets everything: it is of a history that is no longer the source's (S20).</summary>
    internal void Clear()
    {
        lock (gate)
        {
            unread.Clear();
            EraseWhere(_ => true);
        }
    }

    public void Dispose()
    {
        segments.ForEach(segment => segment.File.Dispose());
        segments.Clear();
        writing.Dispose();
    }

    private async Task<Segment> SegmentToWriteAsync(CancellationToken cancellationToken)
    {
        if (segments is [.., { IsOfEarlierLife: false } last] && last.File.Length < SegmentBytes)
        {
            return last;
        }

        var prefix = FormattableString.Invariant($"{Prefix}-{epoch:D8}");
        var fresh = new Segment(await folder.CreateAsync(prefix, cancellationToken), isOfEarlierLife: false);
        lock (gate)
        {
            segments.Add(fresh);
        }

        return fresh;
    }

    /// <summary>Reads the headers of a file up to its end, or to where an interrupted write has torn it.</summary>
    private async Task ScanAsync(
        SpoolFile file,
        List<(Entry Entry, RawDocument From, RawDocument To)> found,
        CancellationToken cancellationToken
    )
    {
        var segment = new Segment(file, isOfEarlierLife: true);
        segments.Add(segment);
        var place = SpoolFile.First;
        while (await file.MeasureAsync(place, cancellationToken) is >= 0 and var headerBytes)
        {
            var payload = place.After(headerBytes);
            var bytes = await file.MeasureAsync(payload, cancellationToken);
            var header = new byte[headerBytes];
            if (bytes < 0 || !await TryReadAsync(file, place, header, cancellationToken))
            {
                return;
            }

            var read = new RawDocument(header);
            var to = read["to"].AsDocument;
            segment.Newest = ResumeToken.TimeOf(to);
            var entry = new Entry(segment, place, headerBytes, payload, bytes, read["count"].AsInt32);
            found.Add((entry, read["from"].AsDocument, to));
            place = payload.After(bytes);
        }
    }

    private static async Task<bool> TryReadAsync(
        SpoolFile file,
        SpoolPlace place,
        byte[] into,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await file.ReadAsync(place, into, cancellationToken);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private void EraseWhere(Predicate<Segment> isOver)
    {
        lock (gate)
        {
            foreach (var segment in segments.FindAll(isOver))
            {
                _ = segments.Remove(segment);
                folder.Erase(segment.File);
            }
        }
    }

    private sealed class Segment(SpoolFile file, bool isOfEarlierLife)
    {
        internal SpoolFile File { get; } = file;

        internal bool IsOfEarlierLife { get; } = isOfEarlierLife;

        internal ClusterTime Newest { get; set; }

        internal int Unread { get; set; }
    }

    private readonly record struct Entry(
        Segment Segment,
        SpoolPlace Header,
        int HeaderBytes,
        SpoolPlace Payload,
        int Bytes,
        int Count
    );
}
