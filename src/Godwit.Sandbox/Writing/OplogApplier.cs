using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;
using Godwit.Sandbox.Update;

namespace Godwit.Sandbox.Writing;

/// <summary>
/// Applies oplog entries of another member, each in one commit at its own time. Applying an entry a second time changes nothing:
/// inserts replace, missing documents are passed over.
/// </summary>
internal sealed class OplogApplier(Node node)
{
    /// <summary>Applies entries in their order and puts them into this member's oplog.</summary>
    internal void Apply(IReadOnlyList<RawDocument> entries)
    {
        lock (node.WriteLock)
        {
            foreach (var entry in entries)
            {
                var time = new OpTime(entry["ts"].AsTimestamp, entry["t"].ToInt64() ?? -1);
                if (time.Time <= node.LastApplied.Time)
                {
                    continue;
                }

                using var operation = new WriteOperation(node) { IsApplying = true };
                ApplyOperation(operation, entry);
                RecordSession(operation.Unit, entry);
                var command = entry["op"].AsString == "c" ? entry["o"].AsDocument : RawDocument.Empty;
                var decided = command["commitTimestamp"] is { Type: BsonType.Timestamp } commit
                    ? commit.AsTimestamp
                    : (ClusterTime?)null;
                node.Commit(operation.Unit, time, [(time, entry)], decided);
            }
        }
    }

    /// <summary>Applies one operation, of an entry or out of an applyOps.</summary>
    internal void ApplyOperation(WriteOperation operation, RawDocument entry)
    {
        var content = entry["o"].AsDocument;
        switch (entry["op"].AsString)
        {
            case "i":
                if (Find(operation, entry) is { } inserted)
                {
                    Insert(operation, inserted, content);
                }

                break;
            case "u":
                if (Find(operation, entry) is { } updated)
                {
                    Update(operation, updated, entry["o2"].AsDocument["_id"], content);
                }

                break;
            case "d":
                if (Find(operation, entry) is { } deleted)
                {
                    Delete(operation, deleted, content["_id"]);
                }

                break;
            case "c" when content.First().NameIs("applyOps"):
                ApplyAll(operation, entry, content);
                break;
            case "c" when content.First().NameIs("commitTransaction"):
                EarlierParts(entry).ForEach(part => ApplyInner(operation, part));
                break;
            case "c" when content.First().NameIs("abortTransaction"):
                break;
            case "c":
                CommandApplier.Apply(operation, entry);
                break;
            case "n":
                break;
            default:
                throw new InvalidOperationException($"no member can apply an entry of kind {entry["op"].AsString}");
        }
    }

    private void ApplyAll(WriteOperation operation, RawDocument entry, RawDocument content)
    {
        if (content["partialTxn"].IsTruthy() || content["prepare"].IsTruthy())
        {
            return;
        }

        foreach (var earlier in content.Has("count") ? EarlierParts(entry) : [])
        {
            ApplyInner(operation, earlier);
        }

        ApplyInner(operation, content);
    }

    /// <summary>Applies the operations of an applyOps.</summary>
    internal void ApplyInner(WriteOperation operation, RawDocument content)
    {
        foreach (var inner in content["applyOps"].AsDocument.Values())
        {
            ApplyOperation(operation, inner.AsDocument);
        }
    }

    /// <summary>The operations of the entries before one in its transaction, oldest first.</summary>
    internal List<RawDocument> EarlierParts(RawDocument entry)
    {
        var parts = new List<RawDocument>();
        var previous = entry["prevOpTime"].AsDocument["ts"].AsTimestamp;
        while (previous != ClusterTime.Zero && node.Oplog.Find(previous) is { } part)
        {
            parts.Insert(0, part["o"].AsDocument);
            previous = part["prevOpTime"].AsDocument["ts"].AsTimestamp;
        }

        return parts;
    }

    private static CollectionInfo? Find(WriteOperation operation, RawDocument entry)
    {
        var catalog = operation.View.Catalog;
        return entry["ui"] is { Type: BsonType.Binary } uuid
            ? catalog.Find(uuid.AsUuid)
            : catalog.Find(Namespace.Parse(entry["ns"].AsString));
    }

    private static void Insert(WriteOperation operation, CollectionInfo collection, RawDocument document)
    {
        if (operation.Reader(collection).FindById(document["_id"]) is { } existing)
        {
            operation.Replace(collection, existing, document, document);
        }
        else
        {
            operation.Insert(collection, document);
        }

        ViewCatalog.Follow(operation, collection, document["_id"], document);
    }

    private static void Update(WriteOperation operation, CollectionInfo collection, RawValue id, RawDocument change)
    {
        if (operation.Reader(collection).FindById(id) is not { } record)
        {
            return;
        }

        // The entry has the document as the update made it, from before _id was moved to its place.
        var after = UpdateProgram.IdFirst(
            change["$v"].ToInt64() == 2 ? DiffApplier.Apply(record.Document, change["diff"].AsDocument) : change
        );
        operation.Replace(collection, record, after, change);
        ViewCatalog.Follow(operation, collection, id, after);
    }

    private static void Delete(WriteOperation operation, CollectionInfo collection, RawValue id)
    {
        if (operation.Reader(collection).FindById(id) is { } record)
        {
            operation.Remove(collection, record);
            ViewCatalog.Follow(operation, collection, id, null);
        }
    }

    private void RecordSession(WriteUnit unit, RawDocument entry)
    {
        if (entry["lsid"] is not { Type: BsonType.Document } lsid || entry["o"].AsDocument["partialTxn"].IsTruthy())
        {
            return;
        }

        var document = lsid.AsDocument;
        var session = new SessionState(new(document["id"].AsUuid, document["uid"].BinaryData));
        var number = entry["txnNumber"].AsInt64;
        var sessions = node.Transactions.Sessions;
        var state = StateOf(entry);
        unit.Stamping.Add(time => sessions.Record(unit, session, number, [], time, state));
        sessions.Forget(session.Id);
    }

    private static string? StateOf(RawDocument entry)
    {
        if (entry["op"].AsString != "c" || entry.Has("multiOpType"))
        {
            return null;
        }

        var command = entry["o"].AsDocument;
        return command.Has("abortTransaction") ? "aborted"
            : command["prepare"].IsTruthy() ? "prepared"
            : command.Has("applyOps") || command.Has("commitTransaction") ? "committed"
            : null;
    }
}
