using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Storage;

/// <summary>Error 11000 with what clients read from it.</summary>
internal static class DuplicateKey
{
    /// <summary>A second document for a key of a unique index.</summary>
    internal static CommandException Error(CollectionInfo collection, IndexInfo index, RawDocument document)
    {
        var values = new DocumentBuilder();
        foreach (var field in index.Key)
        {
            values.Add(field.Name, ValueAt(document, field.Name));
        }

        var collation = index.Spec["collation"];
        var shown = collation.IsMissing ? "" : $" collation: {collation}";
        return new(
            ErrorCode.DuplicateKey,
            $"E11000 duplicate key error collection: {collection.Namespace} index: {index.Name}{shown} dup key: {values.Build()}",
            new DocumentBuilder
            {
                { "keyPattern", index.Key },
                { "keyValue", values },
                { "collation", collation },
            }.Build()
        );
    }

    /// <summary>A second document for a key of a clustered collection.</summary>
    internal static CommandException Clustered(CollectionInfo collection, RawDocument document)
    {
        RawDocument pattern = new DocumentBuilder { { "_id", 1 } }.Build();
        RawDocument values = new DocumentBuilder { { "_id", WithoutType(document["_id"]) } }.Build();
        return new(
            ErrorCode.DuplicateKey,
            $"E11000 duplicate key error collection: {collection.Namespace} dup key: {values} found value: {{}}",
            new DocumentBuilder
            {
                { "keyPattern", pattern },
                { "keyValue", values },
                { "foundValue", RawDocument.Empty },
            }.Build()
        );
    }

    /// <summary>
    /// The <c>_id</c> as it is read back from the place of a record, which keeps no numeric type: an int, and no fraction at all
    /// (recording <c>random_3</c>).
    /// </summary>
    private static RawValue WithoutType(RawValue id)
    {
        if (!id.IsNumber || id.ToInt64() is not { } whole)
        {
            return id;
        }

        return ValueComparer.Compare(id, whole) == 0
            ? (int)whole
            : throw new CommandException(50810, "KeyString format error: Expected type Decimal.");
    }

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
