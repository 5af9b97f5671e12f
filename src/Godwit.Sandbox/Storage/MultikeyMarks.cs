using System.Collections.Concurrent;
using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// Which indexes have met a document with several keys. Once set a mark stays; it may be set for a write that is not committed in the
/// end, which costs a plan and never a result.
/// </summary>
internal sealed class MultikeyMarks
{
    private const byte KeyPrefix = (byte)'m';
    private readonly StorageEngine engine;
    private readonly ConcurrentDictionary<uint, bool> marked = new();

    internal MultikeyMarks(StorageEngine engine)
    {
        this.engine = engine;
        var iterator = engine.NewIterator(Family.Meta);
        for (iterator.Seek([KeyPrefix]); iterator.Valid() && iterator.GetKeySpan()[0] == KeyPrefix; iterator.Next())
        {
            marked[KeyLayout.IdentOf(iterator.GetKeySpan()[1..])] = true;
        }

        engine.Release(iterator);
    }

    /// <summary>Whether an index may have several keys for one document.</summary>
    internal bool IsMarked(uint indexIdent) => marked.ContainsKey(indexIdent);

    /// <summary>Marks an index.</summary>
    internal void Mark(uint indexIdent)
    {
        if (!marked.TryAdd(indexIdent, true))
        {
            return;
        }

        using var batch = new WriteBatch();
        engine.Put(batch, Family.Meta, [KeyPrefix, .. KeyLayout.Ident(indexIdent)], [1]);
        engine.Write(batch);
    }
}
