using Godwit.Sandbox.Catalog;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// Writes that belong together and are not committed yet: what a statement or a transaction has put and removed. Reads of the
/// same unit look here first.
/// </summary>
internal sealed class WriteUnit
{
    private readonly Dictionary<UnitKey, PendingWrite> writes = [];
    private SortedSet<UnitKey>? ordered;

    /// <summary>Bytes of keys and values pending.</summary>
    internal long Size { get; private set; }

    /// <summary>Whether no write is pending.</summary>
    internal bool IsEmpty => writes.Count == 0;

    /// <summary>Changes of the catalog, in order.</summary>
    internal List<CatalogChange> CatalogChanges { get; } = [];

    /// <summary>Idents whose data go once no read can ask for them any more.</summary>
    internal List<(Family Family, uint Ident)> Dropped { get; } = [];

    /// <summary>Called when the commit has its time, to add what carries that time (session records).</summary>
    internal List<Action<OpTime>> Stamping { get; } = [];

    /// <summary>Everything pending.</summary>
    internal IReadOnlyDictionary<UnitKey, PendingWrite> Writes => writes;

    /// <summary>Changes of the counters of collections, by ident: records and bytes.</summary>
    internal Dictionary<uint, CollectionSize> Sizes { get; } = [];

    /// <summary>Sets a value. <paramref name="isNew"/> says that the committed data do not have the key.</summary>
    internal void Put(Family family, byte[] key, ReadOnlyMemory<byte> value, bool isNew) =>
        Set(new(family, key), new(value, isNew));

    /// <summary>Removes a key.</summary>
    internal void Delete(Family family, byte[] key) => Set(new(family, key), new(null, false));

    /// <summary>Counts records and bytes that came or went.</summary>
    internal void Count(uint ident, long records, long bytes) =>
        Sizes[ident] = Sizes.GetValueOrDefault(ident) + new CollectionSize(records, bytes);

    /// <summary>Finds the pending write of a key.</summary>
    internal bool TryGet(Family family, byte[] key, out PendingWrite write) =>
        writes.TryGetValue(new(family, key), out write);

    /// <summary>The pending writes of a range, in its order, as they are now.</summary>
    internal List<KeyValuePair<byte[], PendingWrite>> InRange(Family family, ScanRange range)
    {
        ordered ??= new(writes.Keys, UnitKey.Order);
        var found = new List<KeyValuePair<byte[], PendingWrite>>();
        foreach (var key in ordered.GetViewBetween(new(family, range.Lower), new(family, range.Upper)))
        {
            if (!key.Bytes.AsSpan().SequenceEqual(range.Upper))
            {
                found.Add(new(key.Bytes, writes[key]));
            }
        }

        if (!range.IsForward)
        {
            found.Reverse();
        }

        return found;
    }

    private void Set(UnitKey key, PendingWrite write)
    {
        if (writes.TryGetValue(key, out var previous))
        {
            write = write with { IsNew = previous.IsNew };
        }

        writes[key] = write;
        ordered?.Add(key);
        Size += key.Bytes.Length + (write.Value?.Length ?? 0);
    }
}
