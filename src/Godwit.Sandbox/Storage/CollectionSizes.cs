using System.Buffers.Binary;
using System.Collections.Concurrent;
using Godwit.Bson;
using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>Number and bytes of the records of each collection; written with every commit, so that they are exact after a crash.</summary>
internal sealed class CollectionSizes
{
    private const byte KeyPrefix = (byte)'s';
    private readonly StorageEngine engine;
    private readonly ConcurrentDictionary<uint, CollectionSize> sizes = new();
    private readonly ConcurrentDictionary<uint, long> lastRecords = new();

    internal CollectionSizes(StorageEngine engine)
    {
        this.engine = engine;
        var iterator = engine.NewIterator(Family.Meta);
        for (iterator.Seek([KeyPrefix]); iterator.Valid() && iterator.GetKeySpan()[0] == KeyPrefix; iterator.Next())
        {
            var value = iterator.GetValueSpan();
            sizes[KeyLayout.IdentOf(iterator.GetKeySpan()[1..])] = new(
                BinaryPrimitives.ReadInt64LittleEndian(value),
                BinaryPrimitives.ReadInt64LittleEndian(value[8..])
            );
        }

        engine.Release(iterator);
    }

    /// <summary>The size of a collection by its ident.</summary>
    internal CollectionSize this[uint ident] => sizes.GetValueOrDefault(ident);

    /// <summary>Writes changes into the batch of a commit.</summary>
    internal void Store(WriteBatch batch, IReadOnlyDictionary<uint, CollectionSize> changes)
    {
        foreach (var (ident, change) in changes)
        {
            Store(batch, ident, change);
        }
    }

    /// <summary>Writes one change into a batch. Call with the write lock held.</summary>
    internal void Store(WriteBatch batch, uint ident, CollectionSize change)
    {
        var size = sizes.GetValueOrDefault(ident) + change;
        sizes[ident] = size;
        Span<byte> value = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(value, size.Records);
        BinaryPrimitives.WriteInt64LittleEndian(value[8..], size.Bytes);
        engine.Put(batch, Family.Meta, [KeyPrefix, .. KeyLayout.Ident(ident)], value);
    }

    /// <summary>Counts everything again as it was at a time, after the store was changed underneath.</summary>
    internal void Recount(WriteBatch batch, ClusterTime time)
    {
        var counted = sizes.Keys.ToDictionary(ident => ident, _ => default(CollectionSize));
        foreach (var family in (ReadOnlySpan<Family>)[Family.Records, Family.Oplog])
        {
            using var scan = new VersionedScan(engine, family, new ScanRange([], [0xFF, 0xFF, 0xFF, 0xFF]), time);
            while (scan.MoveNext())
            {
                var ident = KeyLayout.IdentOf(scan.Key);
                counted[ident] = counted.GetValueOrDefault(ident) + new CollectionSize(1, scan.Value.Length);
            }
        }

        sizes.Clear();
        Store(batch, counted);
    }

    /// <summary>Gives the next record number of a collection. Call with the write lock held.</summary>
    internal long NextRecord(uint ident) => lastRecords[ident] = lastRecords.GetOrAdd(ident, LastStored) + 1;

    /// <summary>Forgets record numbers given, so that they are looked up again.</summary>
    internal void ForgetRecords() => lastRecords.Clear();

    private long LastStored(uint ident)
    {
        var iterator = engine.NewIterator(Family.Records);
        iterator.SeekForPrev(KeyLayout.Ident(ident + 1));
        long last = 0;
        if (iterator.Valid() && KeyLayout.IdentOf(iterator.GetKeySpan()) == ident)
        {
            last = KeyLayout.RecordNumber(iterator.GetKeySpan()[KeyLayout.IdentLength..]);
        }

        engine.Release(iterator);
        return last;
    }
}
