using Godwit.Bson;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Transactions;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Catalog;

/// <summary>
/// The collections a replica set has of its own: each member's oplog, and what its first primary makes, which the others get as they
/// get everything.
/// </summary>
internal static class SystemCollections
{
    /// <summary>Documents before or after a retryable findAndModify.</summary>
    internal static readonly Namespace Images = new("config", "image_collection");

    private static readonly Namespace IndexBuilds = new("config", "system.indexBuilds");

    /// <summary>Finds the transactions that a session's internal ones belong to.</summary>
    private static readonly RawDocument ParentIndex = new DocumentBuilder
    {
        { "v", 2 },
        {
            "key",
            new DocumentBuilder
            {
                { "parentLsid", 1 },
                { "_id.txnNumber", 1 },
                { "_id", 1 },
            }
        },
        { "name", "parent_lsid" },
        {
            "partialFilterExpression",
            new DocumentBuilder
            {
                {
                    "parentLsid",
                    new DocumentBuilder { { "$exists", true } }
                },
            }
        },
    }.Build();

    /// <summary>Adds the oplog where it is missing.</summary>
    internal static void EnsureOplog(Node node)
    {
        lock (node.WriteLock)
        {
            if (node.Catalog.Latest.Find(Oplog.Namespace) is not null)
            {
                return;
            }

            var options = new DocumentBuilder
            {
                { "capped", true },
                { "size", node.Options.OplogBytesMax },
                { "autoIndexId", false },
            }.Build();
            var unit = new WriteUnit();
            unit.CatalogChanges.Add(
                new(null, new CollectionInfo(Oplog.Namespace, Oplog.Ident, Guid.NewGuid(), options) { Indexes = [] })
            );
            node.Commit(unit);
        }
    }

    /// <summary>Makes what a primary needs before it says that it is one: the records of sessions.</summary>
    internal static void CreateBeforeFirstWrite(Node node)
    {
        if (Create(node, SessionTable.Records) is { } records)
        {
            using var operation = new WriteOperation(node);
            _ = IndexCatalog.AddToEmpty(operation, records, ParentIndex);
            operation.Commit();
        }

        _ = Create(node, Images);
    }

    /// <summary>Makes the rest.</summary>
    internal static void CreateForWork(Node node)
    {
        _ = Create(node, IndexBuilds);
        _ = Create(node, PreImages.Namespace);
    }

    private static CollectionInfo? Create(Node node, Namespace ns)
    {
        if (node.Catalog.Latest.Find(ns) is not null)
        {
            return null;
        }

        using var operation = new WriteOperation(node);
        var made = CatalogWriter.Create(operation, ns, RawDocument.Empty);
        operation.Commit();
        return made;
    }
}
