using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding;

/// <summary>The documents of a range on their way from one shard to another: all once, then those that have changed since, again and again.</summary>
internal sealed class RangeCopy(ShardedCollection collection, Chunk chunk, ShardServer from, ShardServer to)
{
    private const int BatchCount = 200;
    private ClusterTime seen;
    private long clonedBytes;

    /// <summary>How many documents were copied at first.</summary>
    internal long Cloned { get; private set; }

    /// <summary>What was copied, as <c>moveChunk.commit</c> tells it.</summary>
    internal RawDocument Counts =>
        new DocumentBuilder
        {
            { "cloned", Cloned },
            { "clonedBytes", clonedBytes },
            { "catchup", 0L },
            { "steady", 0L },
        }.Build();

    /// <summary>Whether a document lies in a chunk.</summary>
    internal static bool IsIn(ShardKeyPattern key, Chunk chunk, RawDocument document) =>
        key.TryKeyOf(document) is { } found && chunk.Contains(key.Encode(found));

    /// <summary>
    /// Removes what the new owner has of the range: left by an attempt that failed, it would come to life with the next one that does not.
    /// </summary>
    internal async ValueTask ClearAsync(CancellationToken cancellationToken) =>
        _ = await to.OnPrimaryAsync(
                (member, _) =>
                {
                    using var view = member.Node.View();
                    Put(member, [.. InRange(view).Select(document => (document["_id"], (RawDocument?)null))]);
                    return ValueTask.FromResult(true);
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Copies all documents.</summary>
    internal async ValueTask CloneAsync(CancellationToken cancellationToken)
    {
        await ClearAsync(cancellationToken).ConfigureAwait(false);
        var documents = await from.OnPrimaryAsync(
                (member, _) =>
                {
                    using var view = member.Node.View();
                    seen = view.Time;
                    return ValueTask.FromResult(InRange(view));
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        foreach (var batch in documents.Chunk(BatchCount))
        {
            Cloned += batch.Length;
            clonedBytes += batch.Sum(document => (long)document.Length);
            await PutAsync([.. batch.Select(document => (document["_id"], (RawDocument?)document))], cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Copies what has changed since the last time; says how much that was.</summary>
    internal async ValueTask<int> CatchUpAsync(CancellationToken cancellationToken)
    {
        var changed = await from.OnPrimaryAsync(
                (member, _) =>
                {
                    var ids = new HashSet<RawValue>();
                    foreach (var entry in member.Node.Oplog.ReadAfter(seen))
                    {
                        seen = entry["ts"].AsTimestamp;
                        AddIds(member.Node, entry, ids);
                    }

                    using var view = member.Node.View();
                    return ValueTask.FromResult<List<(RawValue, RawDocument?)>>([
                        .. ids.Select(id => (id, Current(view, id))),
                    ]);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        await PutAsync(changed, cancellationToken).ConfigureAwait(false);
        return changed.Count;
    }

    private List<RawDocument> InRange(ReadView view) =>
        view.Catalog.Find(collection.Uuid) is { } found
            ?
            [
                .. new CollectionReader(view, found)
                    .Scan()
                    .Select(record => record.Document)
                    .Where(document => IsIn(collection.Key, chunk, document)),
            ]
            : [];

    private RawDocument? Current(ReadView view, RawValue id) =>
        view.Catalog.Find(collection.Uuid) is { } found
        && new CollectionReader(view, found).FindById(id) is { } record
        && IsIn(collection.Key, chunk, record.Document)
            ? record.Document
            : null;

    private void AddIds(Node node, RawDocument entry, HashSet<RawValue> ids)
    {
        var content = entry["o"].AsDocument;
        switch (entry["op"].AsString)
        {
            case "i" or "u" or "d" when IsOurs(entry):
                ids.Add(entry["op"].AsString == "u" ? entry["o2"].AsDocument["_id"] : content["_id"]);
                break;
            case "c" when content.Has("applyOps"):
                foreach (var inner in content["applyOps"].AsDocument.Values())
                {
                    AddIds(node, inner.AsDocument, ids);
                }

                break;
            case "c" when content.Has("commitTransaction"):
                new OplogApplier(node)
                    .EarlierParts(entry)
                    .ForEach(part => AddIds(node, new DocumentBuilder { { "op", "c" }, { "o", part } }.Build(), ids));
                break;
            default:
                break;
        }
    }

    private bool IsOurs(RawDocument entry) =>
        entry["ui"] is { Type: BsonType.Binary } uuid && uuid.AsUuid == collection.Uuid;

    private async ValueTask PutAsync(
        IReadOnlyList<(RawValue Id, RawDocument? Document)> documents,
        CancellationToken cancellationToken
    )
    {
        if (documents.Count > 0)
        {
            _ = await to.OnPrimaryAsync(
                    (member, _) =>
                    {
                        Put(member, documents);
                        return ValueTask.FromResult(true);
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    private void Put(Member member, IReadOnlyList<(RawValue Id, RawDocument? Document)> documents)
    {
        lock (member.Node.WriteLock)
        {
            member.CheckAcceptsWrites();
            var target = member.Node.Catalog.Latest.Find(collection.Uuid)!;
            foreach (var (id, document) in documents)
            {
                using var operation = new WriteOperation(member.Node) { FromMigrate = true };
                Put(operation, target, id, document);
                if (operation.Drafts.Count > 0)
                {
                    operation.Commit();
                }
            }
        }
    }

    private void Put(WriteOperation operation, CollectionInfo target, RawValue id, RawDocument? document)
    {
        StoredRecord? existing = operation.Reader(target).FindById(id);
        if (existing is { } other && !IsIn(collection.Key, chunk, other.Document))
        {
            if (document is not null)
            {
                throw new CommandException(
                    ErrorCode.OperationFailed,
                    $"Data transfer error: migrate failed: a document with the same _id {id} and another shard key is on {to.Name} already"
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
                break;
        }
    }
}
