using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// Takes a member's closed data back to an earlier time: what a member does with writes that the majority never had. Every version
/// committed later goes, so that the one before it is the newest again.
/// </summary>
internal sealed class Rewind : IDisposable
{
    private const int KeysPerBatch = 20_000;
    private static readonly Family[] Versioned = [Family.Records, Family.Indexes, Family.Oplog];
    private readonly StorageEngine engine;
    private OpTime target;

    private Rewind(string directory, OpTime target)
    {
        engine = StorageEngine.Open(directory);
        this.target = target;
    }

    /// <summary>Takes the data in a directory back to a time; they must be closed, and the time not be before the history kept.</summary>
    internal static void Run(string directory, OpTime target)
    {
        using var rewind = new Rewind(directory, target);
        rewind.Run();
    }

    /// <inheritdoc/>
    public void Dispose() => engine.Dispose();

    private void Run()
    {
        LeaveNoCommitInParts();
        foreach (var family in Versioned)
        {
            Remove(family, key => KeyLayout.TimeOf(key) > target.Time);
        }

        Remove(Family.Garbage, key => ClusterTime.FromPacked(BinaryPrimitives.ReadUInt64BigEndian(key)) > target.Time);
        Remove(Family.Meta, key => CatalogHistory.IsEntry(key) && KeyLayout.TimeOf(key) > target.Time);
        using var batch = new WriteBatch();
        new CollectionSizes(engine).Recount(batch, target.Time);
        engine.Put(batch, Family.Meta, Node.AppliedKey, target.ToDocument().Bytes.Span);
        engine.Put(batch, Family.Meta, Node.RollbacksKey, BitConverter.GetBytes(Node.ReadRollbacks(engine) + 1));
        engine.Write(batch);
    }

    /// <summary>
    /// Several entries may be of one commit, whose data have the time of the last: when that one goes, the others must go with it,
    /// and come again from the primary.
    /// </summary>
    private void LeaveNoCommitInParts()
    {
        var newest = NewestCommit(Family.Records);
        using var oplog = new VersionedScan(
            engine,
            Family.Oplog,
            Oplog.RangeFrom(ClusterTime.Zero) with
            {
                Upper = Oplog.RangeFrom(target.Time.Next()).Lower,
                IsForward = false,
            },
            ClusterTime.MaxValue
        );
        while (oplog.MoveNext())
        {
            var entry = new RawDocument(oplog.Value.ToArray());
            target = new(entry["ts"].AsTimestamp, entry["t"].ToInt64() ?? -1);
            if (target.Time <= newest || entry["op"].AsString is not ("i" or "u" or "d"))
            {
                return;
            }
        }
    }

    private ClusterTime NewestCommit(Family family)
    {
        var iterator = engine.NewIterator(family);
        var newest = ClusterTime.Zero;
        for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
        {
            var time = KeyLayout.TimeOf(iterator.GetKeySpan());
            newest = time <= target.Time ? ClusterTime.Max(newest, time) : newest;
        }

        engine.Release(iterator);
        return newest;
    }

    private delegate bool KeyTest(ReadOnlySpan<byte> key);

    private void Remove(Family family, KeyTest isLater)
    {
        var iterator = engine.NewIterator(family);
        var batch = new WriteBatch();
        for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next())
        {
            if (!isLater(iterator.GetKeySpan()))
            {
                continue;
            }

            engine.Delete(batch, family, iterator.GetKeySpan());
            if (batch.Count() == KeysPerBatch)
            {
                engine.Write(batch);
                batch.Dispose();
                batch = new WriteBatch();
            }
        }

        engine.Write(batch);
        batch.Dispose();
        engine.Release(iterator);
    }
}
