using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>What the two shards of a migration do with the documents of its range.</summary>
internal static class RangeTasks
{
    private const int BytesMax = 8 * 1024 * 1024;

    /// <summary>Which documents are in the range, and as of when.</summary>
    internal static readonly ShardTask List = ShardTask.Of("rangeList", RunList);

    /// <summary>Which documents of the collection have changed since a time.</summary>
    internal static readonly ShardTask Changes = ShardTask.Of("rangeChanges", RunChanges);

    /// <summary>Some documents as they are now; as many as fit.</summary>
    internal static readonly ShardTask Read = ShardTask.Of("rangeRead", RunRead);

    /// <summary>Documents put in the place of those with their <c>_id</c>s, and others removed.</summary>
    internal static readonly ShardTask Put = ShardTask.Awaited("rangePut", RunPutAsync);

    private static DocumentBuilder RunList(Member member, TaskInput input)
    {
        var collection = ShardedCollection.FromArgument(input["collection"]);
        using var view = member.Node.View();
        var ids = new ArrayBuilder();
        if (view.Catalog.Find(collection.Uuid) is { } found)
        {
            foreach (var record in new CollectionReader(view, found).Scan())
            {
                if (IsIn(collection, record.Document))
                {
                    ids.Add(record.Document["_id"]);
                }
            }
        }

        return new() { { "time", view.Time }, { "ids", ids.Build() } };
    }

    private static DocumentBuilder RunChanges(Member member, TaskInput input)
    {
        var collection = ShardedCollection.FromArgument(input["collection"]);
        var time = input["since"].AsTimestamp;
        var ids = new HashSet<RawValue>();
        foreach (var entry in member.Node.Oplog.ReadAfter(time))
        {
            time = entry["ts"].AsTimestamp;
            AddIds(member.Node, collection.Uuid, entry, ids);
        }

        return new() { { "time", time }, { "ids", RawValue.Array(ids) } };
    }

    private static void AddIds(Node node, Guid uuid, RawDocument entry, HashSet<RawValue> ids)
    {
        var content = entry["o"].AsDocument;
        switch (entry["op"].AsString)
        {
            case "i" or "u" or "d" when entry["ui"] is { Type: BsonType.Binary } of && of.AsUuid == uuid:
                ids.Add(entry["op"].AsString == "u" ? entry["o2"].AsDocument["_id"] : content["_id"]);
                break;
            case "c" when content.Has("applyOps"):
                foreach (var inner in content["applyOps"].AsDocument.Values())
                {
                    AddIds(node, uuid, inner.AsDocument, ids);
                }

                break;
            case "c" when content.Has("commitTransaction"):
                new OplogApplier(node)
                    .EarlierParts(entry)
                    .ForEach(part =>
                        AddIds(node, uuid, new DocumentBuilder { { "op", "c" }, { "o", part } }.Build(), ids)
                    );
                break;
            default:
                break;
        }
    }

    private static DocumentBuilder RunRead(Member member, TaskInput input)
    {
        var collection = ShardedCollection.FromArgument(input["collection"]);
        using var view = member.Node.View();
        var found = view.Catalog.Find(collection.Uuid);
        var (documents, gone, bytes) = (new ArrayBuilder(), new ArrayBuilder(), 0);
        foreach (var id in input["ids"].AsDocument.Values())
        {
            if (
                found is not null
                && new CollectionReader(view, found).FindById(id) is { } record
                && IsIn(collection, record.Document)
            )
            {
                documents.Add(record.Document);
                bytes += record.Document.Length;
            }
            else
            {
                gone.Add(id);
            }

            if (bytes > BytesMax)
            {
                break;
            }
        }

        return new() { { "documents", documents.Build() }, { "gone", gone.Build() } };
    }

    /// <summary>Where a transaction has written what is in the way, its end is waited for, as by any write.</summary>
    private static async ValueTask<DocumentBuilder> RunPutAsync(
        Member member,
        TaskInput input,
        CancellationToken cancellationToken
    )
    {
        var collection = ShardedCollection.FromArgument(input["collection"]);
        var all = input
            .Documents.Select(one => (Id: one["_id"], Document: (RawDocument?)one))
            .Concat(input["gone"].AsDocument.Values().Select(id => (Id: id, Document: (RawDocument?)null)))
            .ToList();
        for (var done = 0; done < all.Count; )
        {
            Task blocker;
            try
            {
                lock (member.Node.WriteLock)
                {
                    member.CheckAcceptsWrites();
                    for (; done < all.Count; done++)
                    {
                        RunPut(member.Node, collection, all[done].Id, all[done].Document, input["to"].AsString);
                    }
                }

                break;
            }
            catch (ClaimedException claimed)
            {
                blocker = claimed.Ended;
            }

            await blocker.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return [];
    }

    private static void RunPut(Node node, ShardedCollection collection, RawValue id, RawDocument? document, string to)
    {
        var target = node.Catalog.Latest.Find(collection.Uuid)!;
        using var operation = new WriteOperation(node) { FromMigrate = true };
        StoredRecord? existing = operation.Reader(target).FindById(id);
        if (existing is { } other && !IsIn(collection, other.Document))
        {
            if (document is not null)
            {
                throw new CommandException(
                    ErrorCode.OperationFailed,
                    $"Data transfer error: migrate failed: a document with the same _id {id} and another shard key is on {to} already"
                );
            }

            return;
        }

        switch (existing, document)
        {
            case ({ } record, { } present):
                operation.Replace(target, record, present, present);
                break;
            case ({ } record, null):
                operation.Remove(target, record);
                break;
            case (null, { } present):
                operation.Insert(target, present);
                break;
            default:
                return;
        }

        operation.Commit();
    }

    private static bool IsIn(ShardedCollection collection, RawDocument document) =>
        RangeCopy.IsIn(collection.Key, collection.Chunks[0], document);
}
