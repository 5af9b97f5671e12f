using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Writing;

/// <summary>Applies the command entries of another member's oplog to the catalog.</summary>
internal static class CommandApplier
{
    /// <summary>Applies one.</summary>
    internal static void Apply(WriteOperation operation, RawDocument entry)
    {
        var content = entry["o"].AsDocument;
        var command = content.First();
        var database = Namespace.Parse(entry["ns"].AsString).Database;
        if (command.NameIs("create"))
        {
            Create(operation, new(database, command.Value.AsString), entry);
        }
        else if (command.NameIs("dropDatabase"))
        {
            DropViews(operation, database);
        }
        else if (FindOf(operation, entry) is { } collection)
        {
            ApplyTo(operation, collection, command.Name, entry);
        }
    }

    private static void ApplyTo(WriteOperation operation, CollectionInfo collection, string command, RawDocument entry)
    {
        var content = entry["o"].AsDocument;
        switch (command)
        {
            case "drop":
                DropViewsWith(operation, collection);
                CatalogWriter.Drop(operation, collection);
                break;
            case "renameCollection":
                CatalogWriter.Rename(
                    operation,
                    collection,
                    Namespace.Parse(content["to"].AsString),
                    content["stayTemp"].IsTruthy()
                );
                break;
            case "collMod":
                _ = CollectionChange.Apply(operation, collection, new CommandArguments(content, "collMod"));
                break;
            case "createIndexes":
                AddIndex(operation, collection, content);
                break;
            case "startIndexBuild":
                StartBuild(operation, collection, content);
                break;
            case "commitIndexBuild":
                CommitBuild(operation, collection, content["indexBuildUUID"].AsUuid);
                break;
            case "abortIndexBuild":
                AbortBuild(operation, collection, content["indexBuildUUID"].AsUuid);
                break;
            case "dropIndexes":
                DropIndex(operation, collection, content["index"].AsString);
                break;
            default:
                break;
        }
    }

    private static CollectionInfo? FindOf(WriteOperation operation, RawDocument entry) =>
        entry["ui"] is { Type: BsonType.Binary } uuid ? operation.View.Catalog.Find(uuid.AsUuid) : null;

    private static void Create(WriteOperation operation, Namespace ns, RawDocument entry)
    {
        var uuid = entry["ui"].AsUuid;
        if (operation.View.Catalog.Find(uuid) is not null)
        {
            return;
        }

        var content = entry["o"].AsDocument;
        var options = new DocumentBuilder(content.Length);
        foreach (var element in content.Skip(1))
        {
            if (!element.NameIs("idIndex"))
            {
                options.Add(element);
            }
        }

        RawDocument? idIndex = content["idIndex"] is { Type: BsonType.Document } spec ? spec.AsDocument : null;
        _ = CatalogWriter.Create(operation, ns, options.Build(), idIndex, uuid);
    }

    private static void DropViews(WriteOperation operation, string database)
    {
        foreach (var view in operation.View.Catalog.InDatabase(database).Where(other => other.IsView).ToList())
        {
            operation.Unit.CatalogChanges.Add(new(view, null));
        }
    }

    private static void DropViewsWith(WriteOperation operation, CollectionInfo collection)
    {
        if (collection.Namespace.Collection == ViewCatalog.CollectionName)
        {
            DropViews(operation, collection.Namespace.Database);
        }
    }

    private static void AddIndex(WriteOperation operation, CollectionInfo collection, RawDocument content)
    {
        var spec = CatalogWriter.Without(content, "createIndexes");
        if (collection.FindIndex(spec["name"].AsString) is null)
        {
            _ = IndexCatalog.Add(operation, collection, spec, null);
        }
    }

    private static void StartBuild(WriteOperation operation, CollectionInfo collection, RawDocument content)
    {
        var build = content["indexBuildUUID"].AsUuid;
        var current = collection;
        foreach (var spec in content["indexes"].AsDocument.Values().Select(value => value.AsDocument))
        {
            if (current.FindIndex(spec["name"].AsString) is null)
            {
                current = IndexCatalog.Add(operation, current, spec, build);
            }
        }
    }

    private static void CommitBuild(WriteOperation operation, CollectionInfo collection, Guid build)
    {
        IndexBuild.Fill(operation.Node, collection, build);
        operation.View.Refresh();
        operation.Unit.CatalogChanges.Add(new(collection, IndexBuild.Finished(collection, build)));
    }

    private static void AbortBuild(WriteOperation operation, CollectionInfo collection, Guid build) =>
        _ = collection
            .Indexes.Where(index => index.BuildUuid == build)
            .Aggregate(collection, (current, index) => IndexCatalog.Forget(operation, current, index));

    private static void DropIndex(WriteOperation operation, CollectionInfo collection, string name)
    {
        if (collection.FindIndex(name) is { } index)
        {
            _ = IndexCatalog.Forget(operation, collection, index);
        }
    }
}
