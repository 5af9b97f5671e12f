using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Adds and removes indexes of a collection as part of a write operation.</summary>
internal static class IndexCatalog
{
    /// <summary>Adds an index to a collection without documents.</summary>
    internal static CollectionInfo AddToEmpty(WriteOperation operation, CollectionInfo collection, RawDocument spec)
    {
        var changed = Add(operation, collection, spec, null);
        var entry = new DocumentBuilder { { "createIndexes", collection.Namespace.Collection } }.AddAll(spec);
        operation.LogCommand(collection, entry.Build(), null);
        return changed;
    }

    /// <summary>Adds an index to the catalog only, finished or as part of a build.</summary>
    internal static CollectionInfo Add(
        WriteOperation operation,
        CollectionInfo collection,
        RawDocument spec,
        Guid? build
    )
    {
        var index = new IndexInfo(operation.Node.Catalog.NewIdent(), spec) { BuildUuid = build };
        var changed = collection with { Indexes = collection.Indexes.Add(index) };
        operation.Unit.CatalogChanges.Add(new(collection, changed));
        return changed;
    }

    /// <summary>Removes an index.</summary>
    internal static CollectionInfo Drop(WriteOperation operation, CollectionInfo collection, IndexInfo index)
    {
        var changed = Forget(operation, collection, index);
        var entry = new DocumentBuilder { { "dropIndexes", collection.Namespace.Collection }, { "index", index.Name } };
        operation.LogCommand(collection, entry.Build(), index.Spec);
        return changed;
    }

    /// <summary>Removes an index from the catalog only.</summary>
    internal static CollectionInfo Forget(WriteOperation operation, CollectionInfo collection, IndexInfo index)
    {
        var changed = collection with { Indexes = collection.Indexes.Remove(index) };
        operation.Unit.CatalogChanges.Add(new(collection, changed));
        operation.Unit.Dropped.Add((Family.Indexes, index.Ident));
        return changed;
    }

    /// <summary>Whether an index of that very specification exists; refuses one that is in the way.</summary>
    internal static bool Exists(CollectionInfo collection, RawDocument spec)
    {
        var name = spec["name"].AsString;
        foreach (var index in collection.Indexes)
        {
            var isSameKey = SameSignature(index.Spec, spec);
            if (index.Name == name && isSameKey && SameOptions(index.Spec, spec))
            {
                return true;
            }

            if (index.IsIdIndex && isSameKey)
            {
                return true;
            }

            if (index.Name == name)
            {
                throw new CommandException(
                    ErrorCode.IndexKeySpecsConflict,
                    "An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. "
                        + $"Requested index: {spec}, existing index: {index.Spec}"
                );
            }

            if (isSameKey)
            {
                throw new CommandException(
                    ErrorCode.IndexOptionsConflict,
                    SameOptions(index.Spec, spec)
                        ? $"Index already exists with a different name: {index.Name}"
                        : $"An equivalent index already exists with a different name and options. Requested index: {spec}, existing index: {index.Spec}"
                );
            }
        }

        if (IsText(spec) && collection.Indexes.FirstOrDefault(index => IsText(index.Spec)) is { } text)
        {
            throw new CommandException(
                ErrorCode.CannotCreateIndex,
                $"only one text index per collection allowed, found existing text index \"{text.Name}\""
            );
        }

        return false;
    }

    private static bool IsText(RawDocument spec) => spec["key"].AsDocument.Has("_fts");

    private static bool SameSignature(RawDocument left, RawDocument right) =>
        SameKey(left["key"].AsDocument, right["key"].AsDocument)
        && left["collation"] == right["collation"]
        && left["partialFilterExpression"] == right["partialFilterExpression"]
        && left["unique"].IsTruthy() == right["unique"].IsTruthy()
        && left["sparse"].IsTruthy() == right["sparse"].IsTruthy();

    /// <summary>Whether two key patterns are the same, numbers compared by value.</summary>
    internal static bool SameKey(RawDocument left, RawDocument right) =>
        left.Count() == right.Count()
        && left.Zip(right)
            .All(pair =>
                pair.First.Name == pair.Second.Name && ValueComparer.Compare(pair.First.Value, pair.Second.Value) == 0
            );

    private static bool SameOptions(RawDocument left, RawDocument right) =>
        left["expireAfterSeconds"].ToInt64() == right["expireAfterSeconds"].ToInt64()
        && left["wildcardProjection"] == right["wildcardProjection"]
        && left["weights"] == right["weights"]
        && left["default_language"] == right["default_language"]
        && left["language_override"] == right["language_override"];
}
