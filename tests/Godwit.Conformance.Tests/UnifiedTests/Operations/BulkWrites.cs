using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Many writes in one operation, on a collection or across namespaces.</summary>
internal static class BulkWrites
{
    public static async Task<BsonValue?> CollectionAsync(
        IMongoCollection<BsonDocument> collection,
        Arguments a,
        Entities entities
    )
    {
        var options = new BulkWriteOptions
        {
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Comment = a.Take("comment"),
            IsOrdered = a.Bool("ordered") ?? true,
            Let = a.OptionalDocument("let"),
        };
        var models = a.Required("requests").AsBsonArray.Select(r => Model(r.AsBsonDocument, entities)).ToArray();
        var session = a.Session;
        a.RefuseOthers();
        return Results.Of(
            session is null
                ? await collection.BulkWriteAsync(models, options)
                : await collection.BulkWriteAsync(session, models, options)
        );
    }

    public static async Task<BsonValue?> ClientAsync(IMongoClient client, Arguments a, Entities entities)
    {
        var isVerbose = a.Bool("verboseResults") ?? false;
        var options = new ClientBulkWriteOptions
        {
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Comment = a.Take("comment"),
            IsOrdered = a.Bool("ordered") ?? true,
            Let = a.OptionalDocument("let"),
            VerboseResult = isVerbose,
            WriteConcern = a.OptionalDocument("writeConcern") is { } wc ? ClientOptions.WriteConcern(wc) : null,
        };
        var models = a.Required("models").AsBsonArray.Select(m => ClientModel(m.AsBsonDocument, entities)).ToArray();
        var session = a.Session;
        a.RefuseOthers();
        return Results.Of(
            session is null
                ? await client.BulkWriteAsync(models, options)
                : await client.BulkWriteAsync(session, models, options),
            isVerbose
        );
    }

    private static WriteModel<BsonDocument> Model(BsonDocument request, Entities entities)
    {
        var (kind, a) = (
            request.GetElement(0).Name,
            new Arguments(request.GetElement(0).Name, request[0].AsBsonDocument, entities)
        );
        WriteModel<BsonDocument> model = kind switch
        {
            "insertOne" => new InsertOneModel<BsonDocument>(a.Document("document").DeepClone().AsBsonDocument),
            "updateOne" => new UpdateOneModel<BsonDocument>(
                a.Document("filter"),
                CollectionWrites.Update(a.Required("update"))
            )
            {
                ArrayFilters = CollectionWrites.ArrayFilters(a.Take("arrayFilters")),
                Collation = a.Collation(),
                Hint = a.Take("hint"),
                IsUpsert = a.Bool("upsert") ?? false,
                Sort = a.OptionalDocument("sort"),
            },
            "updateMany" => new UpdateManyModel<BsonDocument>(
                a.Document("filter"),
                CollectionWrites.Update(a.Required("update"))
            )
            {
                ArrayFilters = CollectionWrites.ArrayFilters(a.Take("arrayFilters")),
                Collation = a.Collation(),
                Hint = a.Take("hint"),
                IsUpsert = a.Bool("upsert") ?? false,
            },
            "replaceOne" => new ReplaceOneModel<BsonDocument>(a.Document("filter"), a.Document("replacement"))
            {
                Collation = a.Collation(),
                Hint = a.Take("hint"),
                IsUpsert = a.Bool("upsert") ?? false,
                Sort = a.OptionalDocument("sort"),
            },
            "deleteOne" => new DeleteOneModel<BsonDocument>(a.Document("filter"))
            {
                Collation = a.Collation(),
                Hint = a.Take("hint"),
            },
            "deleteMany" => new DeleteManyModel<BsonDocument>(a.Document("filter"))
            {
                Collation = a.Collation(),
                Hint = a.Take("hint"),
            },
            _ => throw new NotExpressibleException($"bulk model {kind}"),
        };
        a.RefuseOthers();
        return model;
    }

    private static BulkWriteModel ClientModel(BsonDocument request, Entities entities)
    {
        var (kind, a) = (
            request.GetElement(0).Name,
            new Arguments(request.GetElement(0).Name, request[0].AsBsonDocument, entities)
        );
        var ns = CollectionNamespace.FromFullName(a.Required("namespace").AsString);
        BulkWriteModel model = kind switch
        {
            "insertOne" => new BulkWriteInsertOneModel<BsonDocument>(
                ns,
                a.Document("document").DeepClone().AsBsonDocument
            ),
            "updateOne" => new BulkWriteUpdateOneModel<BsonDocument>(
                ns,
                a.Document("filter"),
                CollectionWrites.Update(a.Required("update"))
            )
            {
                ArrayFilters = CollectionWrites.ArrayFilters(a.Take("arrayFilters")),
                Collation = a.Collation(),
                Hint = a.Take("hint"),
                IsUpsert = a.Bool("upsert") ?? false,
                Sort = a.OptionalDocument("sort"),
            },
            "updateMany" => new BulkWriteUpdateManyModel<BsonDocument>(
                ns,
                a.Document("filter"),
                CollectionWrites.Update(a.Required("update"))
            )
            {
                ArrayFilters = CollectionWrites.ArrayFilters(a.Take("arrayFilters")),
                Collation = a.Collation(),
                Hint = a.Take("hint"),
                IsUpsert = a.Bool("upsert") ?? false,
            },
            "replaceOne" => new BulkWriteReplaceOneModel<BsonDocument>(
                ns,
                a.Document("filter"),
                a.Document("replacement")
            )
            {
                Collation = a.Collation(),
                Hint = a.Take("hint"),
                IsUpsert = a.Bool("upsert") ?? false,
                Sort = a.OptionalDocument("sort"),
            },
            "deleteOne" => new BulkWriteDeleteOneModel<BsonDocument>(
                ns,
                a.Document("filter"),
                a.Collation(),
                a.Take("hint")
            ),
            "deleteMany" => new BulkWriteDeleteManyModel<BsonDocument>(
                ns,
                a.Document("filter"),
                a.Collation(),
                a.Take("hint")
            ),
            _ => throw new NotExpressibleException($"client bulk model {kind}"),
        };
        a.RefuseOthers();
        return model;
    }
}
