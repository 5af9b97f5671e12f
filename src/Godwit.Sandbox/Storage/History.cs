using System.Buffers.Binary;
using Godwit.Bson;
using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// Writes versions, and removes those that no read may ask for any more. Every commit that replaces or removes a key notes it
/// under its time; once that time is behind the history window, the versions before it go.
/// </summary>
internal sealed class History(Node node)
{
    private const byte DropMark = 0xFF;
    private const int KeysPerRound = 20_000;
    private static readonly byte[] HorizonKey = "horizon"u8.ToArray();
    private ClusterTime? horizon;

    /// <summary>Reads before this time are impossible: versions may be gone.</summary>
    internal ClusterTime Horizon
    {
        get
        {
            horizon ??= node.Engine.Get(Family.Meta, HorizonKey) is { } stored
                ? ClusterTime.FromPacked(BinaryPrimitives.ReadUInt64BigEndian(stored))
                : ClusterTime.Zero;
            return horizon.Value;
        }
    }

    /// <summary>Adds the writes of a unit to the batch of its commit.</summary>
    internal void Store(WriteBatch batch, WriteUnit unit, ClusterTime time)
    {
        foreach (var (key, write) in unit.Writes)
        {
            if (write is { Value: null, IsNew: true })
            {
                continue;
            }

            var stored = KeyLayout.Stored(key.Bytes, time);
            node.Engine.Put(batch, key.Family, stored, write.Value is { } value ? value.Span : []);
            if (!write.IsNew)
            {
                Note(batch, time, (byte)key.Family, key.Bytes);
            }
        }

        foreach (var (family, ident) in unit.Dropped)
        {
            Note(batch, time, DropMark, [(byte)family, .. KeyLayout.Ident(ident)]);
        }
    }

    /// <summary>Removes what lies behind the history window, a round at a time.</summary>
    /// <returns>How many versions were removed: each is removed once, however often its key was written.</returns>
    internal long Trim()
    {
        lock (node.WriteLock)
        {
            var limit = node.OldestReadable;
            if (node.Options.ReplicaSet is not null)
            {
                limit = ClusterTime.Min(limit, node.CommitPoint.Time);
                node.Oplog.Trim();
            }

            long removed = 0;
            for (var isMore = true; isMore; )
            {
                isMore = TrimRound(limit, ref removed);
            }

            node.Catalog.Trim(limit);
            return removed;
        }
    }

    private bool TrimRound(ClusterTime limit, ref long removed)
    {
        // Of a key that was written often only the newest note counts: what it leaves is all that the older ones would leave.
        var newest = new Dictionary<UnitKey, ClusterTime>();
        var notes = node.Engine.NewIterator(Family.Garbage);
        using var batch = new WriteBatch();
        var count = 0;
        for (notes.SeekToFirst(); notes.Valid() && count < KeysPerRound; notes.Next(), count++)
        {
            var note = notes.Key();
            var time = ClusterTime.FromPacked(BinaryPrimitives.ReadUInt64BigEndian(note));
            if (time > limit)
            {
                break;
            }

            Read(batch, newest, time, note[8], note[9..]);
            node.Engine.Delete(batch, Family.Garbage, note);
        }

        node.Engine.Release(notes);
        if (count == 0)
        {
            return false;
        }

        foreach (var (key, time) in newest)
        {
            removed += Collect(batch, key, time);
        }

        horizon = ClusterTime.Max(Horizon, limit);
        var packed = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(packed, horizon.Value.Packed);
        node.Engine.Put(batch, Family.Meta, HorizonKey, packed);
        node.Engine.Write(batch);
        return count == KeysPerRound;
    }

    private void Read(
        WriteBatch batch,
        Dictionary<UnitKey, ClusterTime> newest,
        ClusterTime time,
        byte kind,
        byte[] key
    )
    {
        if (kind == DropMark)
        {
            var ident = KeyLayout.IdentOf(key.AsSpan(1));
            var range = ScanRange.Of(ident);
            node.Engine.DeleteRange(batch, (Family)key[0], range.Lower, range.Upper);
            return;
        }

        newest[new((Family)kind, key)] = time;
    }

    private int Collect(WriteBatch batch, UnitKey key, ClusterTime time)
    {
        var iterator = node.Engine.NewIterator(key.Family);
        var (removed, isFirst) = (0, true);
        for (iterator.Seek(KeyLayout.Stored(key.Bytes, time)); iterator.Valid(); iterator.Next())
        {
            var stored = iterator.GetKeySpan();
            if (!stored[..^KeyLayout.TimeLength].SequenceEqual(key.Bytes))
            {
                break;
            }

            if (!isFirst || iterator.GetValueSpan().IsEmpty)
            {
                node.Engine.Delete(batch, key.Family, stored);
                removed++;
            }

            isFirst = false;
        }

        node.Engine.Release(iterator);
        return removed;
    }

    private void Note(WriteBatch batch, ClusterTime time, byte kind, byte[] key)
    {
        var note = new byte[9 + key.Length];
        BinaryPrimitives.WriteUInt64BigEndian(note, time.Packed);
        note[8] = kind;
        key.CopyTo(note.AsSpan(9));
        node.Engine.Put(batch, Family.Garbage, note, []);
    }
}
