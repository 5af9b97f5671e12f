using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>Which documents the events are about.</summary>
internal enum EventKeys
{
    /// <summary>Any document, each equally often; all kinds of change.</summary>
    Uniform,

    /// <summary>A hundred documents, changed over and over.</summary>
    Hot,

    /// <summary>Every document once, by a change that makes reading it again necessary.</summary>
    Dirty,
}

/// <summary>
/// The events of a change stream, served in full batches as fast as they are asked for once they are released. Its times are its own, as
/// those of a part of a source that is written to all the time: parts that are read equally fast are at equal times.
/// </summary>
internal sealed class EventFeed
{
    /// <summary>Writes a second of the source whose events these are.</summary>
    private const int EventsPerSecond = 20_000;

    private const int HotKeys = 100;

    /// <summary>A mover that has not asked for this long has enough for now.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly SyntheticCollection collection;
    private readonly EventKeys keys;
    private readonly long events;
    private readonly int part;
    private readonly int parts;
    private readonly EventTemplate insert;
    private EventTemplate[] pattern;
    private readonly Lazy<CursorFrame> frame = new(() => new(CursorFrame.BatchBytesMax + (1024 * 1024)));
    private readonly TaskCompletionSource exhausted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long inserted;
    private ClusterTime? position;
    private long servedAt;
    private ulong random = 0x9E3779B97F4A7C15;

    public EventFeed(SyntheticCollection collection, EventKeys keys, long events, int part, int parts)
    {
        this.collection = collection;
        this.keys = keys;
        this.events = events;
        this.part = part;
        this.parts = parts;
        insert = EventTemplate.Insert(collection);
        pattern = Pattern(isRaw: false);
    }

    /// <summary>Takes the form of updates that the stream's reader asks for.</summary>
    public void Open(bool isRaw) => pattern = Pattern(isRaw);

    public bool HasMore => Served < events;

    /// <summary>Up to which time all was served; <see langword="null"/> until something is.</summary>
    public ClusterTime? Position => position;

    /// <summary>Completes when the last event has been asked for.</summary>
    public Task Exhausted => events == 0 ? Task.CompletedTask : exhausted.Task;

    public long Served { get; private set; }

    public long BytesServed { get; private set; }

    /// <summary>Statements that carry out what was served.</summary>
    public long Statements { get; private set; }

    /// <summary>Whether the events may be served: not before everything is copied.</summary>
    public bool IsReleased { get; private set; }

    public void Release() => IsReleased = true;

    /// <summary>Waits until the last event has been asked for, or none has been for a while.</summary>
    public async Task WhenNoMoreIsAskedForAsync(CancellationToken cancellationToken)
    {
        while (HasMore && TimeProvider.System.GetElapsedTime(Volatile.Read(ref servedAt)) is var since && since < Pause)
        {
            _ = await Task.WhenAny(Exhausted, Task.Delay(Pause - since, TimeProvider.System, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Makes the reply with the next batch. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Next(MessageHeader request, long cursorId, NullClock clock)
    {
        var (count, bytes) = Measure();
        var start = position ?? clock.Now;
        var seconds = (uint)Math.Max(1, count / EventsPerSecond);
        var end = new ClusterTime(start.Seconds + seconds, (uint)count);
        position = end;
        clock.Reach(end);
        var offset = CursorFrame.FirstElement;
        for (var i = 0; i < count; i++)
        {
            var template = pattern[Served % pattern.Length];
            var time = new ClusterTime(start.Seconds + 1 + (uint)((long)i * seconds / count), (uint)i + 1);
            offset = frame.Value.WriteElementStart(offset, i);
            template.Write(frame.Value.Bytes.AsSpan(offset), time, NextId(template));
            offset += template.Bytes.Length;
            Statements += template.Statements;
            Served++;
        }

        BytesServed += bytes;
        Volatile.Write(ref servedAt, TimeProvider.System.GetTimestamp());
        if (!HasMore)
        {
            exhausted.SetResult();
        }

        return frame.Value.Finish(
            request,
            isFirst: false,
            offset,
            Replies.RestOfCursor(cursorId, new("admin", "$cmd.aggregate"), Replies.HighWaterMark(end)),
            Replies.Ok(clock)
        );
    }

    private EventTemplate[] Pattern(bool isRaw)
    {
        var change = EventTemplate.Change(collection, isRaw);
        var append = EventTemplate.Append(collection, isRaw);
        var replace = EventTemplate.Replace(collection);
        var delete = EventTemplate.Delete(collection);
        return keys switch
        {
            EventKeys.Dirty => [EventTemplate.Doubtful(collection, isRaw)],
            EventKeys.Hot => [change, change, append, change, change, change, append, change, change, replace],
            _ => [change, insert, change, append, change, replace, change, insert, change, delete],
        };
    }

    private (int Count, long Bytes) Measure()
    {
        var (count, bytes) = (0, 0L);
        while (Served + count < events)
        {
            var length = pattern[(Served + count) % pattern.Length].Bytes.Length;
            if (bytes + length > CursorFrame.BatchBytesMax)
            {
                break;
            }

            bytes += length;
            count++;
        }

        return (count, bytes);
    }

    private long NextId(EventTemplate template)
    {
        if (template == insert)
        {
            return collection.Documents + (inserted++ * parts) + part;
        }

        // xorshift64: the same events in every run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return keys switch
        {
            EventKeys.Dirty => Served % collection.Documents,
            EventKeys.Hot => (long)(random % HotKeys),
            // No document is of two parts.
            _ => ((long)(random % (ulong)(collection.Documents / parts)) * parts) + part,
        };
    }
}
