using Godwit.Cluster.Messages;

namespace Godwit.Cluster.Leading;

/// <summary>What each of the other hosts has done, by its name: a host that was started anew goes on where it was.</summary>
internal sealed class HostLedger(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>In the order of their names.</summary>
    internal IReadOnlyList<HostShare> Shares
    {
        get
        {
            lock (gate)
            {
                return [.. entries.Select(one => one.Value.Describe(one.Key, time))];
            }
        }
    }

    /// <summary>Takes a sign of life.</summary>
    internal void Hear(HostBeat beat)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(beat.Host, out var entry))
            {
                entries[beat.Host] = entry = new();
            }

            entry.Hear(beat, time.GetTimestamp());
        }
    }

    private sealed class Entry
    {
        private long moved;
        private long movedBytes;
        private long compared;
        private long written;
        private long writtenBytes;
        private int starts;
        private long heardAt;
        private HostBeat? last;

        internal void Hear(HostBeat beat, long now)
        {
            if (last?.HostId == beat.HostId)
            {
                moved += Since(last.Moved, beat.Moved);
                movedBytes += Since(last.MovedBytes, beat.MovedBytes);
                compared += Since(last.Compared, beat.Compared);
                written += Since(last.Written, beat.Written);
                writtenBytes += Since(last.WrittenBytes, beat.WrittenBytes);
            }
            else
            {
                starts++;
            }

            (last, heardAt) = (beat, now);
        }

        /// <summary>It counts anew each time it begins to work for somebody.</summary>
        private static long Since(long before, long now) => now >= before ? now - before : now;

        internal HostShare Describe(string name, TimeProvider time)
        {
            var isSilent = time.GetElapsedTime(heardAt) > RangeBoard.SilenceMax;
            return new(
                name,
                isSilent ? 0 : last?.Orders.Length ?? 0,
                moved,
                movedBytes,
                compared,
                starts,
                isSilent,
                last?.Fault,
                isSilent ? 0 : last?.Streams ?? 0,
                written,
                writtenBytes
            );
        }
    }
}
