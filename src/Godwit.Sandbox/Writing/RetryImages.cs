using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;

namespace Godwit.Sandbox.Writing;

/// <summary>The documents kept for retries of findAndModify, one per session, in <c>config.image_collection</c>.</summary>
internal static class RetryImages
{
    /// <summary>The kind for the document before the change.</summary>
    internal const string Before = "preImage";

    /// <summary>The kind for the document after it.</summary>
    internal const string After = "postImage";

    /// <summary>Keeps an image with the commit of a unit.</summary>
    internal static void Keep(Node node, WriteUnit unit, OplogDraft draft, RawDocument image) =>
        unit.Stamping.Add(time =>
        {
            if (node.Catalog.Latest.Find(SystemCollections.Images) is not { } collection)
            {
                return;
            }

            var id = draft.Session!.Value.ToDocument();
            var record = new DocumentBuilder
            {
                { "_id", id },
                { "txnNum", draft.TxnNumber ?? 0L },
                { "ts", time.Time },
                { "imageKind", draft.RetryImage! },
                { "image", image },
                { "invalidated", false },
            }.Build();
            using var view = node.View(unit);
            var writer = new CollectionWriter(node, view, unit, collection, null);
            if (new CollectionReader(view, collection).FindById(id) is { } existing)
            {
                writer.Replace(existing.Key, existing.Document, record);
            }
            else
            {
                writer.Insert(record);
            }
        });

    /// <summary>The image kept for a session's number.</summary>
    internal static RawDocument? Find(Node node, SessionState session, long number)
    {
        using var view = node.View();
        if (node.Catalog.Latest.Find(SystemCollections.Images) is not { } collection)
        {
            return null;
        }

        var record = new CollectionReader(view, collection).FindById(session.Id.ToDocument());
        return record is { } found && found.Document["txnNum"].ToInt64() == number
            ? found.Document["image"].AsDocument
            : throw SessionErrors.IncompleteHistory(session.Id, number);
    }
}
