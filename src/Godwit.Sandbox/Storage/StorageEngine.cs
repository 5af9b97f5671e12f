using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// One member's RocksDB: opens it, hands out iterators and writes batches. A batch is atomic and in the write-ahead log when
/// the call returns, so it survives the death of the process.
/// </summary>
internal sealed class StorageEngine : IDisposable
{
    private static readonly Family[] Families = Enum.GetValues<Family>();
    private static readonly Cache BlockCache = Cache.CreateLru(256UL << 20);
    private readonly RocksDb database;
    private readonly ColumnFamilyHandle[] handles;
    private readonly HashSet<Iterator> iterators = [];
    private readonly Lock gate = new();
    private bool isClosed;

    private StorageEngine(RocksDb database, string directory)
    {
        this.database = database;
        Directory = directory;
        handles = [.. Families.Select(family => database.GetColumnFamily(NameOf(family)))];
    }

    /// <summary>Where the files are.</summary>
    internal string Directory { get; }

    /// <summary>Opens the store in a directory, creating it where absent.</summary>
    internal static StorageEngine Open(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        var options = new DbOptions()
            .SetCreateIfMissing(true)
            .SetCreateMissingColumnFamilies(true)
            .SetMaxTotalWalSize(512UL << 20)
            .SetKeepLogFileNum(2)
            .SetInfoLogLevel(InfoLogLevel.Warn)
            .SetStatsDumpPeriodSec(0)
            .IncreaseParallelism(2);
        var families = new ColumnFamilies();
        foreach (var family in Families)
        {
            families.Add(new(NameOf(family), OptionsOf(family)));
        }

        return new(RocksDb.Open(options, directory, families), directory);
    }

    /// <summary>A new iterator: sees what has been written until now. Give it back through <see cref="Release"/>.</summary>
    internal Iterator NewIterator(Family family)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            var iterator = database.NewIterator(handles[(int)family]);
            iterators.Add(iterator);
            return iterator;
        }
    }

    /// <summary>Frees an iterator.</summary>
    internal void Release(Iterator iterator)
    {
        lock (gate)
        {
            if (iterators.Remove(iterator))
            {
                iterator.Dispose();
            }
        }
    }

    /// <summary>The value of an unversioned key, or <see langword="null"/>.</summary>
    internal byte[]? Get(Family family, ReadOnlySpan<byte> key) => database.Get(key, handles[(int)family]);

    /// <summary>Adds a write to a batch.</summary>
    internal void Put(WriteBatch batch, Family family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        batch.Put(key, value, handles[(int)family]);

    /// <summary>Adds a removal to a batch.</summary>
    internal void Delete(WriteBatch batch, Family family, ReadOnlySpan<byte> key) =>
        batch.Delete(key, handles[(int)family]);

    /// <summary>Adds the removal of all keys from one to before another to a batch.</summary>
    internal void DeleteRange(WriteBatch batch, Family family, byte[] from, byte[] before) =>
        batch.DeleteRange(from, (ulong)from.Length, before, (ulong)before.Length, handles[(int)family]);

    /// <summary>Writes a batch.</summary>
    internal void Write(WriteBatch batch) => database.Write(batch);

    /// <summary>Copies everything as it is at this moment into a directory that does not exist yet.</summary>
    internal void CopyTo(string directory)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            using var checkpoint = database.Checkpoint();
            checkpoint.Save(directory);
        }
    }

    /// <summary>Bytes on disk of one family, as RocksDB estimates them.</summary>
    internal long EstimateSize(Family family) =>
        long.TryParse(database.GetProperty("rocksdb.estimate-live-data-size", handles[(int)family]), out var size)
            ? size
            : 0;

    /// <summary>Closes the store. No command may be running; iterators of cursors left open are freed.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isClosed)
            {
                return;
            }

            isClosed = true;
            foreach (var iterator in iterators)
            {
                iterator.Dispose();
            }

            iterators.Clear();
            database.Dispose();
        }
    }

    private static string NameOf(Family family) =>
        family == Family.Meta ? ColumnFamilies.DefaultName : family.ToString().ToLowerInvariant();

    private static ColumnFamilyOptions OptionsOf(Family family)
    {
        var isSmall = family is Family.Meta or Family.Garbage;
        var table = new BlockBasedTableOptions().SetBlockCache(BlockCache).SetBlockSize(16 << 10);
        return new ColumnFamilyOptions()
            .SetCompression(Compression.No)
            .SetWriteBufferSize(isSmall ? 8UL << 20 : 32UL << 20)
            .SetMaxWriteBufferNumber(3)
            .SetLevelCompactionDynamicLevelBytes(true)
            .SetBlockBasedTableFactory(table);
    }
}
