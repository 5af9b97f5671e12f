using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// One storage transaction of a write: what it sees, what it changes and what it will say in the oplog. Outside a multi-document
/// transaction it is committed at once; inside one it adds to the transaction. Lives within the write lock.
/// </summary>
internal sealed class WriteOperation : IDisposable
{
    private const int EntryBytesMax = (16 * 1024 * 1024) + (16 * 1024);
    private readonly TransactionState? transaction;
    private readonly RetryableWrite? retryable;
    private readonly Dictionary<uint, CollectionWriter> writers = [];
    private RawDocument image;

    /// <param name="node">The member written to.</param>
    /// <param name="transaction">The multi-document transaction it is part of.</param>
    /// <param name="retryable">The retryable write it is part of.</param>
    /// <param name="routing">What the router knows that asked for it.</param>
    internal WriteOperation(
        Node node,
        TransactionState? transaction = null,
        RetryableWrite? retryable = null,
        Sharding.RoutedRequest? routing = null
    )
    {
        Node = node;
        this.transaction = transaction;
        this.retryable = retryable;
        Unit = transaction?.Unit ?? new WriteUnit();
        View = transaction is null ? node.View(Unit) : node.ViewOf(transaction);
        View.Routing = routing;
    }

    /// <summary>The member written to.</summary>
    internal Node Node { get; }

    /// <summary>What the operation sees, its own changes included.</summary>
    internal ReadView View { get; }

    /// <summary>The changes.</summary>
    internal WriteUnit Unit { get; }

    /// <summary>What the oplog will say.</summary>
    internal List<OplogDraft> Drafts { get; } = [];

    /// <summary>What the entries of inserts say as <c>fromMigrate</c>: documents copied inside the server.</summary>
    internal bool? FromMigrate { get; init; }

    /// <summary>Tells documents that belong to another shard, where a write comes past the routers.</summary>
    internal Func<CollectionInfo, RawDocument, bool>? IsMisplaced { get; init; }

    /// <summary>Whether entries of another member are applied: nothing is checked again, capped collections are cut by their entries.</summary>
    internal bool IsApplying { get; init; }

    /// <summary>Whether the operation is part of a multi-document transaction.</summary>
    internal bool IsInTransaction => transaction is not null;

    /// <summary>The collection or view of a name; inside a transaction it must not have changed since its snapshot.</summary>
    internal CollectionInfo? Find(Namespace ns)
    {
        var found = View.Catalog.Find(ns);
        if (transaction is null)
        {
            return found;
        }

        // One made by others since the snapshot may be written to: nothing of it was seen (transactions, step 88).
        found ??= Node.Catalog.Latest.Find(ns);
        if (found is not null)
        {
            transaction.Used[found.Ident] = true;
        }

        return (found is not null && HasMade(found)) || ReferenceEquals(Node.Catalog.Latest.Find(ns), found)
            ? found
            : throw new CommandException(
                ErrorCode.WriteConflict,
                $"Unable to write to collection '{ns}' due to catalog changes; please retry the operation"
            );
    }

    /// <summary>Whether the operation's own transaction made or changed a collection.</summary>
    internal bool HasMade(CollectionInfo collection) =>
        Unit.CatalogChanges.Exists(change => change.After?.Ident == collection.Ident);

    /// <summary>DDL waits until no open transaction has used the collection.</summary>
    /// <exception cref="ClaimedException">One has: wait for its end.</exception>
    internal void WaitForTransactionsOn(CollectionInfo collection)
    {
        foreach (var open in Node.Transactions.Open)
        {
            if (open.Used.ContainsKey(collection.Ident))
            {
                throw new ClaimedException(open.Ended);
            }
        }
    }

    /// <summary>Reads a collection as the operation sees it.</summary>
    internal CollectionReader Reader(CollectionInfo collection) => new(View, collection);

    /// <summary>Refuses a change that user write blocking forbids; entries of another member are never refused.</summary>
    internal void CheckNotBlocked(Namespace ns)
    {
        if (!IsApplying)
        {
            Node.WriteBlock.Check(ns);
        }
    }

    /// <summary>Adds a document.</summary>
    internal void Insert(CollectionInfo collection, RawDocument document, int statement = 0)
    {
        CheckDocumentWrite(collection);
        var key = Writer(collection).Insert(document);
        var isMisplaced = IsMisplaced?.Invoke(collection, document) == true;
        Log(collection, "i", document, DocumentKey(collection, document), statement, isMisplaced: isMisplaced);
        if (collection.IsCapped && !IsApplying)
        {
            Truncate(collection, key);
        }
    }

    /// <summary>Puts another document in the place of one; <paramref name="change"/> is what the oplog says.</summary>
    internal void Replace(
        CollectionInfo collection,
        StoredRecord record,
        RawDocument after,
        RawDocument change,
        int statement = 0,
        string? retryImage = null
    )
    {
        CheckDocumentWrite(collection);
        Writer(collection).Replace(record.Key, record.Document, after);
        KeepImage(collection, record.Document);
        image = retryImage == RetryImages.After ? after : record.Document;
        Log(collection, "u", change, DocumentKey(collection, record.Document), statement, retryImage);
    }

    /// <summary>Removes a document.</summary>
    internal void Remove(CollectionInfo collection, StoredRecord record, int statement = 0, string? retryImage = null)
    {
        CheckDocumentWrite(collection);
        Writer(collection).Remove(record.Key, record.Document);
        KeepImage(collection, record.Document);
        image = record.Document;
        Log(collection, "d", DocumentKey(collection, record.Document), null, statement, retryImage);
    }

    /// <summary>Adds the entries of a document to one index, while it is being built.</summary>
    internal void AddEntries(CollectionInfo collection, IndexInfo index, StoredRecord record) =>
        Writer(collection).AddEntries(index, record);

    /// <summary>Says in the oplog that a command was done on a collection.</summary>
    internal void LogCommand(
        CollectionInfo collection,
        RawDocument entry,
        RawDocument? second,
        bool? fromMigrate = null
    )
    {
        if (!EndsIndexBuild(entry))
        {
            CheckNotBlocked(collection.Namespace);
        }

        if (collection.IsMadeByOplog)
        {
            Drafts.Add(
                new("c", collection.Namespace.Database + ".$cmd", entry)
                {
                    Uuid = collection.Uuid,
                    Object2 = second,
                    FromMigrate = fromMigrate ?? (View.Routing?.IsMigrating == true ? true : FromMigrate),
                }
            );
        }
    }

    /// <summary>Commits, or leaves everything to the transaction.</summary>
    internal void Commit()
    {
        if (transaction is not null)
        {
            transaction.Operations.AddRange(Drafts);
            return;
        }

        var drafts = Drafts;
        if (
            Drafts.Count > 1
            && (Drafts[0].Operation != "i" || FeatureCompatibility.Allows(Node, Novelties.VectoredInserts))
            && Drafts.TrueForAll(draft => draft.Operation == Drafts[0].Operation && draft.Operation is "i" or "d")
        )
        {
            drafts = [Vectored()];
        }

        retryable?.Prepare(Unit, drafts);
        foreach (var draft in drafts.Where(draft => draft.RetryImage is not null))
        {
            _ = Node.Clock.Tick();
            RetryImages.Keep(Node, Unit, draft, image);
        }

        Node.Commit(Unit, drafts);
    }

    /// <inheritdoc/>
    public void Dispose() => View.Dispose();

    // A build that was let start may end: blocking aborts it or waits for it.
    private static bool EndsIndexBuild(RawDocument entry) =>
        entry.First().Name is "commitIndexBuild" or "abortIndexBuild";

    private void CheckDocumentWrite(CollectionInfo collection)
    {
        if (FromMigrate != true)
        {
            CheckNotBlocked(collection.Namespace);
        }
    }

    private void KeepImage(CollectionInfo collection, RawDocument before)
    {
        if (collection.KeepsPreAndPostImages)
        {
            PreImages.Keep(Node, Unit, collection.Uuid, Drafts.Count + (transaction?.Operations.Count ?? 0), before);
        }
    }

    private void Truncate(CollectionInfo collection, byte[] newest)
    {
        while (IsTooLarge(collection))
        {
            var oldest = Reader(collection).Scan().FirstOrDefault();
            if (oldest.Key is null || oldest.Key.AsSpan().SequenceEqual(newest))
            {
                return;
            }

            Remove(collection, oldest);
        }
    }

    private bool IsTooLarge(CollectionInfo collection)
    {
        var size = Node.Sizes[collection.Ident] + Unit.Sizes.GetValueOrDefault(collection.Ident);
        return size.Bytes > collection.CappedBytesMax || size.Records > collection.CappedRecordsMax;
    }

    // Only a router tells the shard key: a write past it names its document by _id (sessions-sharded/routing, step 38).
    private RawDocument DocumentKey(CollectionInfo collection, RawDocument document) =>
        View.Routing?.KeyOf(collection) is { } key
            ? key.DocumentKey(document)
            : new DocumentBuilder(32) { { "_id", document["_id"] } }.Build();

    private CollectionWriter Writer(CollectionInfo collection)
    {
        if (!writers.TryGetValue(collection.Ident, out var writer))
        {
            writers[collection.Ident] = writer = new(Node, View, Unit, collection, transaction, !IsApplying);
        }

        return writer;
    }

    private void Log(
        CollectionInfo collection,
        string operation,
        RawDocument content,
        RawDocument? second,
        int statement,
        string? retryImage = null,
        bool isMisplaced = false
    )
    {
        if (!collection.IsReplicated)
        {
            return;
        }

        CheckEntrySize(content.Length + (second?.Length ?? 0));
        Drafts.Add(
            new(operation, collection.Namespace.ToString(), content)
            {
                Uuid = collection.Uuid,
                Object2 = second,
                StatementIds = retryable is null ? [] : [statement],
                RetryImage = retryImage,
                FromMigrate = isMisplaced ? true : FromMigrate,
            }
        );
    }

    /// <summary>An entry holds the document and its key, which together may be too large where neither is.</summary>
    private static void CheckEntrySize(int length)
    {
        if (length > EntryBytesMax)
        {
            throw new CommandException(
                ErrorCode.BSONObjectTooLarge,
                $"BSONObj size: {length} (0x{length:X}) is invalid. Size must be between 0 and {EntryBytesMax}(16MB)"
            );
        }
    }

    private OplogDraft Vectored()
    {
        var operations = RawValue.Array(Drafts.Select(draft => RawValue.Document(draft.BuildInner())));
        return new(
            "c",
            "admin.$cmd",
            new DocumentBuilder(operations.Bytes.Length + 32) { { "applyOps", operations } }.Build()
        )
        {
            IsVectored = retryable is not null,
        };
    }
}
