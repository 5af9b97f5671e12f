using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// The collection <c>local.oplog.rs</c>: one record per entry, its record key is the entry's time. Its oldest entries go when it
/// has become larger than configured.
/// </summary>
internal sealed class Oplog
{
    /// <summary>The ident of its records.</summary>
    internal const uint Ident = 1;

    /// <summary>Its name.</summary>
    internal static readonly Namespace Namespace = new("local", "oplog.rs");

    private readonly Node node;

    internal Oplog(Node node)
    {
        this.node = node;
        First = FirstStored();
    }

    /// <summary>Time of the oldest entry kept; zero for an empty oplog.</summary>
    internal ClusterTime First { get; private set; }

    /// <summary>Bytes of all entries kept.</summary>
    internal long Size => node.Sizes[Ident].Bytes;

    /// <summary>The most bytes kept: the size in the catalog, which <c>replSetResizeOplog</c> changes.</summary>
    internal long BytesMax => node.Catalog.Latest.Find(Namespace)?.CappedBytesMax ?? node.Options.OplogBytesMax;

    /// <summary>
    /// How long entries are kept at least, however large the oplog becomes (<c>minRetentionHours</c>); nought for no longer than they fit.
    /// Kept in memory, as mongod keeps it.
    /// </summary>
    internal TimeSpan RetentionMin { get; set; }

    /// <summary>Changes how much is kept; what is too much goes with the next trim. Call with the write lock held.</summary>
    internal void Resize(long bytes)
    {
        var unit = new WriteUnit();
        var collection = node.Catalog.Latest.Find(Namespace)!;
        var options = OptionOrder.Set(collection.Options, "size", bytes);
        unit.CatalogChanges.Add(new(collection, collection with { Options = options }));
        _ = node.Commit(unit);
    }

    /// <summary>Adds entries to the batch of a commit.</summary>
    internal void Store(WriteBatch batch, IReadOnlyList<(OpTime Time, RawDocument Entry)> entries)
    {
        long bytes = 0;
        Span<byte> key = stackalloc byte[KeyLayout.IdentLength + 8 + KeyLayout.TimeLength];
        foreach (var (time, entry) in entries)
        {
            if (First == ClusterTime.Zero)
            {
                First = time.Time;
            }

            BinaryPrimitives.WriteUInt32BigEndian(key, Ident);
            BinaryPrimitives.WriteUInt64BigEndian(key[KeyLayout.IdentLength..], time.Time.Packed);
            KeyLayout.WriteTime(key[(KeyLayout.IdentLength + 8)..], time.Time);
            node.Engine.Put(batch, Family.Oplog, key, entry.Bytes.Span);
            bytes += entry.Length;
        }

        if (entries.Count > 0)
        {
            node.Sizes.Store(batch, Ident, new(entries.Count, bytes));
        }
    }

    /// <summary>Entries after a time up to the newest applied, oldest first.</summary>
    internal IEnumerable<RawDocument> ReadAfter(ClusterTime after)
    {
        using var view = node.View();
        using var scan = view.Open(Family.Oplog, RangeFrom(after.Next()));
        while (scan.MoveNext())
        {
            yield return new(scan.Value.ToArray());
        }
    }

    /// <summary>The entry of exactly that time.</summary>
    internal RawDocument? Find(ClusterTime time)
    {
        using var view = node.View();
        return view.Get(Family.Oplog, KeyLayout.Logical(Ident, KeyLayout.RecordKey((long)time.Packed))) is { } bytes
            ? new RawDocument(bytes)
            : null;
    }

    /// <summary>The newest entry before a time.</summary>
    internal RawDocument? FindBefore(ClusterTime time)
    {
        using var view = node.View();
        using var scan = view.Open(
            Family.Oplog,
            RangeFrom(ClusterTime.Zero) with
            {
                Upper = RangeFrom(time).Lower,
                IsForward = false,
            }
        );
        return scan.MoveNext() ? new RawDocument(scan.Value.ToArray()) : null;
    }

    /// <summary>Keys of entries from a time on.</summary>
    internal static ScanRange RangeFrom(ClusterTime from) =>
        new(KeyLayout.Logical(Ident, KeyLayout.RecordKey((long)from.Packed)), KeyLayout.Ident(Ident + 1));

    /// <summary>Drops the oldest entries until the rest fits, but for what is to be kept longer. Call with the write lock held.</summary>
    internal void Trim()
    {
        var excess = Size - BytesMax;
        if (excess <= 0)
        {
            return;
        }

        long bytes = 0;
        long count = 0;
        var first = First;
        var kept = (node.Options.Time.GetUtcNow() - RetentionMin).ToUnixTimeSeconds();
        using var view = node.View();
        using var scan = view.Open(Family.Oplog, RangeFrom(ClusterTime.Zero));
        while (scan.MoveNext())
        {
            first = ClusterTime.FromPacked(BinaryPrimitives.ReadUInt64BigEndian(scan.Key[KeyLayout.IdentLength..]));
            if (bytes >= excess || (RetentionMin > TimeSpan.Zero && first.Seconds >= kept))
            {
                break;
            }

            bytes += scan.Value.Length;
            count++;
        }

        using var batch = new WriteBatch();
        node.Engine.DeleteRange(batch, Family.Oplog, KeyLayout.Ident(Ident), RangeFrom(first).Lower);
        node.Sizes.Store(batch, Ident, new(-count, -bytes));
        node.Engine.Write(batch);
        First = first;
    }

    private ClusterTime FirstStored()
    {
        using var scan = new VersionedScan(
            node.Engine,
            Family.Oplog,
            RangeFrom(ClusterTime.Zero),
            ClusterTime.MaxValue
        );
        return scan.MoveNext()
            ? ClusterTime.FromPacked(BinaryPrimitives.ReadUInt64BigEndian(scan.Key[KeyLayout.IdentLength..]))
            : ClusterTime.Zero;
    }
}
