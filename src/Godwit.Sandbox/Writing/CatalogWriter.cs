using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Changes of the catalog as part of a write operation, each with its oplog entry.</summary>
internal static class CatalogWriter
{
    /// <summary>Makes a collection.</summary>
    internal static CollectionInfo Create(
        WriteOperation operation,
        Namespace ns,
        RawDocument options,
        RawDocument? idIndex = null,
        Guid? uuid = null,
        bool? fromMigrate = null
    )
    {
        var catalog = operation.Node.Catalog;
        if (
            catalog.Latest.Databases.FirstOrDefault(known =>
                known != ns.Database && known.Equals(ns.Database, StringComparison.OrdinalIgnoreCase)
            ) is
            { } other
        )
        {
            throw new CommandException(
                ErrorCode.DatabaseDifferCase,
                $"db already exists with different case already have: [{other}] trying to create [{ns.Database}]"
            );
        }

        var isClustered = options.Has("clusteredIndex");
        var hasIdIndex =
            !isClustered && !(options["autoIndexId"] is { Type: BsonType.Boolean } auto && !auto.AsBoolean);
        var idSpec = idIndex ?? IdSpec(options);
        var collection = new CollectionInfo(ns, catalog.NewIdent(), uuid ?? Guid.NewGuid(), options)
        {
            Indexes = hasIdIndex ? [new(catalog.NewIdent(), idSpec)] : [],
        };
        operation.Unit.CatalogChanges.Add(new(null, collection));
        var entry = new DocumentBuilder { { "create", ns.Collection } }.AddAll(options);
        operation.LogCommand(
            collection,
            (hasIdIndex ? entry.Add("idIndex", idSpec) : entry).Build(),
            null,
            fromMigrate
        );
        return collection;
    }

    /// <summary>Drops a collection with its indexes.</summary>
    internal static void Drop(WriteOperation operation, CollectionInfo collection)
    {
        var unit = operation.Unit;
        unit.CatalogChanges.Add(new(collection, null));
        Discard(unit, collection);
        var size = operation.Node.Sizes[collection.Ident];
        operation.LogCommand(
            collection,
            new DocumentBuilder { { "drop", collection.Namespace.Collection } }.Build(),
            new DocumentBuilder { { "numRecords", RawValue.Narrow(size.Records) } }.Build()
        );
    }

    /// <summary>Gives a collection another name, in place of the collection that has it if there is one.</summary>
    internal static void Rename(
        WriteOperation operation,
        CollectionInfo source,
        Namespace to,
        bool stayTemp,
        bool? fromMigrate = null
    )
    {
        operation.CheckNotBlocked(to);
        var replaced = operation.Node.Catalog.Latest.Find(to);
        var options = stayTemp ? source.Options : Without(source.Options, "temp");
        if (replaced is not null)
        {
            operation.Unit.CatalogChanges.Add(new(replaced, null));
            Discard(operation.Unit, replaced);
        }

        operation.Unit.CatalogChanges.Add(new(source, source with { Namespace = to, Options = options }));
        var entry = new DocumentBuilder
        {
            { "renameCollection", source.Namespace.ToString() },
            { "to", to.ToString() },
            { "stayTemp", stayTemp },
            { "dropTarget", replaced is null ? default : RawValue.Uuid(replaced.Uuid) },
        };
        RawDocument? second = replaced is null
            ? null
            : new DocumentBuilder
            {
                { "numRecords", RawValue.Narrow(operation.Node.Sizes[replaced.Ident].Records) },
            }.Build();
        operation.LogCommand(source, entry.Build(), second, fromMigrate);
    }

    /// <summary>Lets the records and entries of a collection go once nobody can ask for them.</summary>
    internal static void Discard(WriteUnit unit, CollectionInfo collection)
    {
        unit.Dropped.Add((Family.Records, collection.Ident));
        foreach (var index in collection.Indexes)
        {
            unit.Dropped.Add((Family.Indexes, index.Ident));
        }
    }

    /// <summary>A document without one of its fields.</summary>
    internal static RawDocument Without(RawDocument document, string field)
    {
        if (!document.Has(field))
        {
            return document;
        }

        var builder = new DocumentBuilder(document.Length);
        foreach (var element in document)
        {
            if (!element.NameIs(field))
            {
                builder.Add(element);
            }
        }

        return builder.Build();
    }

    /// <summary>The refusal where a collection must exist.</summary>
    internal static CommandException NotFound(string message) => new(ErrorCode.NamespaceNotFound, message);

    private static RawDocument IdSpec(RawDocument options) =>
        options["collation"] is { Type: BsonType.Document } collation
            ? new DocumentBuilder().AddAll(IndexInfo.IdSpec).Add("collation", collation).Build()
            : IndexInfo.IdSpec;
}
