using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// Puts, replaces and removes documents of one collection in a unit, its index entries with them, and refuses duplicates of unique
/// keys. Call with the write lock held.
/// </summary>
internal sealed class CollectionWriter(
    Node node,
    ReadView view,
    WriteUnit unit,
    CollectionInfo collection,
    ITransaction? transaction,
    bool checksUnique = true
)
{
    private readonly IndexInfo[] indexes = [.. collection.Indexes.OrderBy(index => index.Rank)];

    /// <summary>The collection written.</summary>
    internal CollectionInfo Collection { get; } = collection;

    /// <summary>Adds a document.</summary>
    /// <returns>Its record key.</returns>
    internal byte[] Insert(RawDocument document)
    {
        var key = Collection.IsClustered
            ? IndexEntries.IdKey(document["_id"], Collection)
            : KeyLayout.RecordKey(node.Sizes.NextRecord(Collection.Ident));
        if (Collection.IsClustered && checksUnique)
        {
            CheckClusteredKey(key, document);
        }

        foreach (var index in indexes)
        {
            foreach (var entry in NewEntriesOf(index, document))
            {
                PutEntry(index, entry, key, document);
            }
        }

        PutRecord(key, document, isNew: true);
        unit.Count(Collection.Ident, 1, document.Length);
        return key;
    }

    /// <summary>Puts another document in the place of one.</summary>
    internal void Replace(byte[] key, RawDocument before, RawDocument after)
    {
        Claim(Family.Records, key);
        foreach (var index in indexes)
        {
            var old = EntriesOf(index, before);
            var now = NewEntriesOf(index, after);
            foreach (var entry in old.Except(now, ByteOrder.Equality))
            {
                RemoveEntry(index, entry, key);
            }

            foreach (var entry in now.Except(old, ByteOrder.Equality))
            {
                PutEntry(index, entry, key, after);
            }
        }

        PutRecord(key, after, isNew: false);
        unit.Count(Collection.Ident, 0, after.Length - before.Length);
    }

    /// <summary>Removes a document.</summary>
    internal void Remove(byte[] key, RawDocument document)
    {
        Claim(Family.Records, key);
        foreach (var index in indexes)
        {
            foreach (var entry in EntriesOf(index, document))
            {
                RemoveEntry(index, entry, key);
            }
        }

        unit.Delete(Family.Records, KeyLayout.Logical(Collection.Ident, key));
        unit.Count(Collection.Ident, -1, -document.Length);
    }

    /// <summary>Adds the entries of a document to one index, while it is being built.</summary>
    internal void AddEntries(IndexInfo index, StoredRecord record)
    {
        foreach (var entry in NewEntriesOf(index, record.Document))
        {
            PutEntry(index, entry, record.Key, record.Document);
        }
    }

    // What comes into an index has to be fit for it; what leaves it does not.
    private List<byte[]> NewEntriesOf(IndexInfo index, RawDocument document)
    {
        index.Keys.Check(document);
        return EntriesOf(index, document);
    }

    private List<byte[]> EntriesOf(IndexInfo index, RawDocument document)
    {
        var entries = IndexEntries.Of(index, Collection, document, out var isMultikey);
        if (isMultikey)
        {
            node.Multikey.Mark(index.Ident);
        }

        return entries;
    }

    private void PutRecord(byte[] key, RawDocument document, bool isNew) =>
        unit.Put(Family.Records, KeyLayout.Logical(Collection.Ident, key), document.Bytes, isNew);

    private void PutEntry(IndexInfo index, byte[] entry, byte[] key, RawDocument document)
    {
        if (checksUnique && index.IsReady && (index.IsUnique || index.IsPrepareUnique))
        {
            CheckUnique(index, entry, key, document);
        }

        var logical = KeyLayout.Logical(index.Ident, entry, key);
        unit.Put(Family.Indexes, logical, IndexEntries.Value(entry), isNew: !HadEntry(logical));
    }

    private bool HadEntry(byte[] logical) => unit.TryGet(Family.Indexes, logical, out var write) && !write.IsNew;

    private void RemoveEntry(IndexInfo index, byte[] entry, byte[] key) =>
        unit.Delete(Family.Indexes, KeyLayout.Logical(index.Ident, entry, key));

    private void CheckUnique(IndexInfo index, byte[] entry, byte[] key, RawDocument document)
    {
        var prefix = KeyLayout.Logical(index.Ident, entry);
        node.Claims.Take(transaction, new(Family.Indexes, prefix));
        if (transaction is not null)
        {
            CheckNotCommittedSince(prefix);
        }

        if (
            view.Any(Family.Indexes, prefix)
            && view.TailsOf(Family.Indexes, prefix).Any(other => !key.AsSpan().SequenceEqual(other))
        )
        {
            throw DuplicateKey.Error(Collection, index, document);
        }
    }

    private void CheckNotCommittedSince(byte[] prefix)
    {
        using var now = node.View();
        using var then = node.ViewAt(view.Time);
        var added = now.TailsOf(Family.Indexes, prefix)
            .Except(then.TailsOf(Family.Indexes, prefix), ByteOrder.Equality);
        if (added.Any())
        {
            throw new CommandException(ErrorCode.WriteConflict, Claims.ConflictText);
        }
    }

    private void CheckClusteredKey(byte[] key, RawDocument document)
    {
        Claim(Family.Records, key);
        if (view.Get(Family.Records, KeyLayout.Logical(Collection.Ident, key)) is not null)
        {
            throw DuplicateKey.Clustered(Collection, document);
        }
    }

    private void Claim(Family family, byte[] key)
    {
        var logical = KeyLayout.Logical(Collection.Ident, key);
        node.Claims.Take(transaction, new(family, logical));
        if (transaction is not null && view.CommitTimeOf(family, logical) > view.Time)
        {
            throw new CommandException(ErrorCode.WriteConflict, Claims.ConflictText);
        }
    }
}
