using Godwit.Bson;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Catalog;

/// <summary>The collections a replica set member has from the beginning: its oplog and the records of sessions.</summary>
internal static class SystemCollections
{
    /// <summary>Documents before or after a retryable findAndModify.</summary>
    internal static readonly Namespace Images = new("config", "image_collection");

    /// <summary>Adds those that are missing.</summary>
    internal static void Ensure(Node node)
    {
        lock (node.WriteLock)
        {
            var unit = new WriteUnit();
            var oplogOptions = new DocumentBuilder
            {
                { "capped", true },
                { "size", node.Options.OplogBytesMax },
                { "autoIndexId", false },
            }.Build();
            Add(node, unit, Oplog.Namespace, Oplog.Ident, oplogOptions);
            Add(node, unit, SessionTable.Records, null, RawDocument.Empty);
            Add(node, unit, Images, null, RawDocument.Empty);
            Add(node, unit, PreImages.Namespace, null, RawDocument.Empty);
            if (unit.CatalogChanges.Count > 0)
            {
                node.Commit(unit);
            }
        }
    }

    private static void Add(Node node, WriteUnit unit, Namespace ns, uint? ident, RawDocument options)
    {
        if (node.Catalog.Latest.Find(ns) is not null)
        {
            return;
        }

        var collection = new CollectionInfo(ns, ident ?? node.Catalog.NewIdent(), Guid.NewGuid(), options)
        {
            Indexes = ident is null ? [new(node.Catalog.NewIdent(), IndexInfo.IdSpec)] : [],
        };
        unit.CatalogChanges.Add(new(null, collection));
    }
}
