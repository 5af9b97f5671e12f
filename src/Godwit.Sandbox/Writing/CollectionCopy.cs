using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Copies a collection inside the server, step by step in the oplog as MongoDB does it (S1a). Within the write lock.</summary>
internal static class CollectionCopy
{
    private const int GroupBytesMax = 8 * 1024 * 1024;
    private const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>A name for a collection on its way.</summary>
    internal static Namespace TemporaryName(string database, string purpose) =>
        new(database, $"tmp{new string(Random.Shared.GetItems<char>(Letters, 5))}.{purpose}");

    /// <summary>Makes the empty copy.</summary>
    internal static CollectionInfo Create(
        Node node,
        CollectionInfo source,
        Namespace to,
        RawDocument options,
        bool withIndexes
    )
    {
        using (var creation = new WriteOperation(node))
        {
            _ = CatalogWriter.Create(creation, to, options, source.IdIndex?.Spec);
            creation.Commit();
        }

        if (withIndexes)
        {
            foreach (var index in source.Indexes.Where(index => index.IsReady && !index.IsIdIndex))
            {
                using var addition = new WriteOperation(node);
                IndexCatalog.AddToEmpty(addition, node.Catalog.Latest.Find(to)!, index.Spec);
                addition.Commit();
            }
        }

        return node.Catalog.Latest.Find(to)!;
    }

    /// <summary>Copies the documents, in groups or, where it becomes capped or is so in natural order, one by one.</summary>
    internal static void Documents(
        Node node,
        CollectionInfo source,
        CollectionInfo copy,
        bool? fromMigrate,
        byte[]? after = null
    )
    {
        using var view = node.View();
        var operation = new WriteOperation(node) { FromMigrate = fromMigrate };
        try
        {
            long bytes = 0;
            var isOneByOne = fromMigrate == true || (copy.IsCapped && !copy.Options.Has("clusteredIndex"));
            foreach (var record in new CollectionReader(view, source).Scan(after: after))
            {
                operation.Insert(copy, record.Document);
                bytes += record.Document.Length;
                if (isOneByOne || bytes > GroupBytesMax)
                {
                    operation.Commit();
                    operation.Dispose();
                    operation = new(node) { FromMigrate = fromMigrate };
                    bytes = 0;
                }
            }

            if (operation.Drafts.Count > 0)
            {
                operation.Commit();
            }
        }
        finally
        {
            operation.Dispose();
        }
    }
}
