using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Storage;

/// <summary>Error 11000 with what clients read from it.</summary>
internal static class DuplicateKey
{
    /// <summary>A second document for a key of a unique index.</summary>
    internal static CommandException Error(
        CollectionInfo collection,
        IndexInfo index,
        RawDocument document,
        byte[] entry
    )
    {
        var values = new DocumentBuilder();
        foreach (var field in index.Key)
        {
            values.Add(field.Name, ValueAt(document, field.Name));
        }

        _ = entry;
        return Error(collection, index.Name, index.Key, values.Build());
    }

    /// <summary>A second document for a key of a clustered collection.</summary>
    internal static CommandException Clustered(CollectionInfo collection, RawDocument document)
    {
        var cluster = collection.Options["clusteredIndex"].AsDocument;
        var name = cluster["name"] is { Type: BsonType.String } given ? given.AsString : "_id_";
        return Error(
            collection,
            name,
            cluster["key"].AsDocument,
            new DocumentBuilder { { "_id", document["_id"] } }.Build()
        );
    }

    private static CommandException Error(
        CollectionInfo collection,
        string name,
        RawDocument pattern,
        RawDocument values
    ) =>
        new(
            ErrorCode.DuplicateKey,
            $"E11000 duplicate key error collection: {collection.Namespace} index: {name} dup key: {values}",
            new DocumentBuilder { { "keyPattern", pattern }, { "keyValue", values } }.Build()
        );

    private static RawValue ValueAt(RawDocument document, string path)
    {
        var value = RawValue.Document(document);
        foreach (var part in path.Split('.'))
        {
            if (value.Type is not (BsonType.Document or BsonType.Array))
            {
                return RawValue.Null;
            }

            value = value.AsDocument[part];
        }

        return value.IsMissing ? RawValue.Null : value;
    }
}
