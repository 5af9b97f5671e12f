using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Storage;

/// <summary>Reads the records of one collection through a view: all of them, by record key, or through an index.</summary>
internal sealed class CollectionReader
{
    private readonly ReadView view;
    private readonly CollectionInfo collection;
    private readonly Family family;
    private readonly Sharding.Ownership? ownership;

    /// <summary>Reads through a view; a transaction's view notes the collection, so that DDL waits for the transaction.</summary>
    internal CollectionReader(ReadView view, CollectionInfo collection)
    {
        this.view = view;
        this.collection = collection;
        family = FamilyOf(collection);
        ownership = view.Routing?.Of(collection, view);
        _ = view.Used?.TryAdd(collection.Ident, true);
    }

    /// <summary>The collection read.</summary>
    internal CollectionInfo Collection => collection;

    /// <summary>The view read through.</summary>
    internal ReadView View => view;

    /// <summary>Whether documents that belong to other shards are left out, so that counters of the collection say too much.</summary>
    internal bool LeavesOut => ownership is not null;

    /// <summary>Number and bytes of the documents, of the newest committed data.</summary>
    internal static Family FamilyOf(CollectionInfo collection) =>
        collection.Ident == Oplog.Ident ? Family.Oplog : Family.Records;

    /// <summary>Whether an index may have several keys for one document.</summary>
    internal bool IsMultikey(IndexInfo index) => view.IsMultikey(index);

    /// <summary>The document of a record key.</summary>
    internal RawDocument? Get(ReadOnlySpan<byte> recordKey) =>
        view.Get(family, KeyLayout.Logical(collection.Ident, recordKey)) is { } bytes
        && new RawDocument(bytes) is var document
        && ownership?.Has(document) != false
            ? document
            : null;

    /// <summary>The record with an <c>_id</c>, if there is one.</summary>
    internal StoredRecord? FindById(RawValue id)
    {
        if (RecordKeyOf(id) is not { } key)
        {
            return null;
        }

        return Get(key) is { } document ? new StoredRecord(key, document) : null;
    }

    /// <summary>All records in natural order or against it.</summary>
    /// <param name="isForward">The direction.</param>
    /// <param name="after">Begin behind this record key.</param>
    internal IEnumerable<StoredRecord> Scan(bool isForward = true, byte[]? after = null)
    {
        var range = ScanRange.Of(collection.Ident, isForward);
        if (after is not null)
        {
            range = range.Behind(KeyLayout.Logical(collection.Ident, after));
        }

        return Scan(range);
    }

    /// <summary>The records whose record keys lie in a range.</summary>
    internal IEnumerable<StoredRecord> Scan(ScanRange range)
    {
        using var scan = view.Walk(family, range);
        while (scan.MoveNext())
        {
            var document = new RawDocument(scan.Value.ToArray());
            if (ownership?.Has(document) != false)
            {
                var generation = view.Generation;
                var record = new StoredRecord(scan.Key[KeyLayout.IdentLength..].ToArray(), document);
                yield return record;
                if (generation != view.Generation)
                {
                    CheckPosition(record.Key);
                }
            }
        }
    }

    /// <summary>
    /// A walk of a capped collection that goes on later, with what is there then, ends if the record where it stood has left
    /// (collection_scan.cpp, doRestoreStateRequiresCollection).
    /// </summary>
    private void CheckPosition(byte[] recordKey)
    {
        if (collection.IsCapped && collection.Ident != Oplog.Ident && Get(recordKey) is null)
        {
            throw new CommandException(
                ErrorCode.CappedPositionLost,
                $"CollectionScan died due to position in capped collection being deleted. Last seen record id: RecordId({KeyLayout.RecordNumber(recordKey)})"
            );
        }
    }

    /// <summary>The records an index names for a range of its keys, in the order of the index; a record may come several times.</summary>
    /// <param name="index">The index.</param>
    /// <param name="lower">Lowest key, without ident.</param>
    /// <param name="upper">First key that is too high, without ident; <see langword="null"/> for the end of the index.</param>
    /// <param name="isForward">The direction.</param>
    internal IEnumerable<StoredRecord> ScanIndex(IndexInfo index, byte[] lower, byte[]? upper, bool isForward)
    {
        foreach (var (_, recordKey) in ScanIndexKeys(index, lower, upper, isForward))
        {
            if (Get(recordKey) is { } document)
            {
                yield return new(recordKey, document);
            }
        }
    }

    /// <summary>The keys of an index in a range with the record keys they name.</summary>
    internal IEnumerable<(byte[] Key, byte[] RecordKey)> ScanIndexKeys(
        IndexInfo index,
        byte[] lower,
        byte[]? upper,
        bool isForward
    )
    {
        var range = new ScanRange(
            KeyLayout.Logical(index.Ident, lower),
            upper is null ? KeyLayout.Ident(index.Ident + 1) : KeyLayout.Logical(index.Ident, upper),
            isForward
        );
        using var scan = view.Walk(Family.Indexes, range);
        while (scan.MoveNext())
        {
            var entry = scan.Key[KeyLayout.IdentLength..];
            var keyLength = IndexEntries.KeyLength(scan.Value);
            yield return (entry[..keyLength].ToArray(), entry[keyLength..].ToArray());
        }
    }

    private byte[]? RecordKeyOf(RawValue id)
    {
        var key = IndexEntries.IdKey(id, collection);
        if (collection.IsClustered)
        {
            return key;
        }

        return collection.IdIndex is { } index
            ? view.TailsOf(Family.Indexes, KeyLayout.Logical(index.Ident, key)).FirstOrDefault()
            : Scan().Where(record => record.Document["_id"] == id).Select(record => record.Key).FirstOrDefault();
    }
}
