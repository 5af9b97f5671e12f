using Godwit.Bson;
using Godwit.Sandbox.Catalog;

namespace Godwit.Sandbox.Writing;

/// <summary>Views: documents of <c>system.views</c> for the oplog, entries of the catalog for readers, changed together.</summary>
internal static class ViewCatalog
{
    /// <summary>The collection that holds a database's views.</summary>
    internal const string CollectionName = "system.views";

    /// <summary>Makes a view.</summary>
    internal static void Create(WriteOperation operation, Namespace ns, RawDocument options)
    {
        var views = Ensure(operation, ns.Database);
        operation.Insert(views, Document(ns, options));
        operation.Unit.CatalogChanges.Add(new(null, Info(operation, ns, options)));
    }

    /// <summary>Puts another definition in the place of a view's.</summary>
    internal static void Replace(WriteOperation operation, CollectionInfo view, RawDocument options)
    {
        var views = Ensure(operation, view.Namespace.Database);
        var document = Document(view.Namespace, options);
        if (operation.Reader(views).FindById(document["_id"]) is { } record)
        {
            operation.Replace(views, record, document, document);
        }

        operation.Unit.CatalogChanges.Add(new(view, view with { Options = options }));
    }

    /// <summary>Drops a view.</summary>
    internal static void Drop(WriteOperation operation, CollectionInfo view)
    {
        var views = Ensure(operation, view.Namespace.Database);
        if (operation.Reader(views).FindById(view.Namespace.ToString()) is { } record)
        {
            operation.Remove(views, record);
        }

        operation.Unit.CatalogChanges.Add(new(view, null));
    }

    /// <summary>Follows a change of <c>system.views</c> made by another member: the catalog gets the view as it now is.</summary>
    internal static void Follow(WriteOperation operation, CollectionInfo collection, RawValue id, RawDocument? document)
    {
        if (collection.Namespace.Collection != CollectionName || id.Type != BsonType.String)
        {
            return;
        }

        var ns = Namespace.Parse(id.AsString);
        CollectionInfo? after = document is { } definition ? Info(operation, ns, OptionsOf(definition)) : null;
        operation.Unit.CatalogChanges.Add(new(operation.View.Catalog.Find(ns), after));
    }

    /// <summary>The catalog entry of a view.</summary>
    internal static CollectionInfo Info(WriteOperation operation, Namespace ns, RawDocument options) =>
        new(ns, operation.Node.Catalog.NewIdent(), Guid.NewGuid(), options);

    /// <summary>The options in a document of <c>system.views</c>.</summary>
    internal static RawDocument OptionsOf(RawDocument document) => CatalogWriter.Without(document, "_id");

    private static RawDocument Document(Namespace ns, RawDocument options) =>
        new DocumentBuilder { { "_id", ns.ToString() } }
            .AddAll(options)
            .Build();

    private static CollectionInfo Ensure(WriteOperation operation, string database)
    {
        var ns = new Namespace(database, CollectionName);
        if (operation.Find(ns) is { } found)
        {
            return found;
        }

        using var creation = new WriteOperation(operation.Node);
        var made = CatalogWriter.Create(creation, ns, RawDocument.Empty);
        creation.Commit();
        operation.View.Refresh();
        return made;
    }
}
