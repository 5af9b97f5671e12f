using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Operations that write single documents or many of a collection.</summary>
internal static class CollectionWrites
{
    public static async Task<BsonValue?> InsertOneAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new InsertOneOptions
        {
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Comment = a.Take("comment"),
        };
        var (session, document) = (a.Session, a.Document("document").DeepClone().AsBsonDocument);
        a.RefuseOthers();
        await (
            session is null
                ? collection.InsertOneAsync(document, options)
                : collection.InsertOneAsync(session, document, options)
        );
        return new BsonDocument("insertedId", document["_id"]);
    }

    public static async Task<BsonValue?> InsertManyAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new InsertManyOptions
        {
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Comment = a.Take("comment"),
            IsOrdered = a.Bool("ordered") ?? true,
        };
        var documents = a.Required("documents").AsBsonArray.Select(d => d.DeepClone().AsBsonDocument).ToArray();
        var session = a.Session;
        a.RefuseOthers();
        await (
            session is null
                ? collection.InsertManyAsync(documents, options)
                : collection.InsertManyAsync(session, documents, options)
        );
        return new BsonDocument(
            "insertedIds",
            new BsonDocument(documents.Select((d, i) => new BsonElement(i.ToString(), d["_id"])))
        );
    }

    public static async Task<BsonValue?> UpdateOneAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = Fill(new UpdateOptions<BsonDocument> { Sort = a.OptionalDocument("sort") }, a);
        var (session, filter, update) = (a.Session, a.Document("filter"), Update(a.Required("update")));
        a.RefuseOthers();
        return Results.Of(
            session is null
                ? await collection.UpdateOneAsync(filter, update, options)
                : await collection.UpdateOneAsync(session, filter, update, options)
        );
    }

    public static async Task<BsonValue?> UpdateManyAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = Fill(new UpdateOptions(), a);
        var (session, filter, update) = (a.Session, a.Document("filter"), Update(a.Required("update")));
        a.RefuseOthers();
        return Results.Of(
            session is null
                ? await collection.UpdateManyAsync(filter, update, options)
                : await collection.UpdateManyAsync(session, filter, update, options)
        );
    }

    public static async Task<BsonValue?> ReplaceOneAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new ReplaceOptions<BsonDocument>
        {
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            IsUpsert = a.Bool("upsert") ?? false,
            Let = a.OptionalDocument("let"),
            Sort = a.OptionalDocument("sort"),
        };
        var (session, filter, replacement) = (a.Session, a.Document("filter"), a.Document("replacement"));
        a.RefuseOthers();
        return Results.Of(
            session is null
                ? await collection.ReplaceOneAsync(filter, replacement, options)
                : await collection.ReplaceOneAsync(session, filter, replacement, options)
        );
    }

    public static async Task<BsonValue?> DeleteOneAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (session, filter, options) = (a.Session, a.Document("filter"), DeleteOptions(a));
        a.RefuseOthers();
        return Results.Of(
            session is null
                ? await collection.DeleteOneAsync(filter, options)
                : await collection.DeleteOneAsync(session, filter, options)
        );
    }

    public static async Task<BsonValue?> DeleteManyAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (session, filter, options) = (a.Session, a.Document("filter"), DeleteOptions(a));
        a.RefuseOthers();
        return Results.Of(
            session is null
                ? await collection.DeleteManyAsync(filter, options)
                : await collection.DeleteManyAsync(session, filter, options)
        );
    }

    public static UpdateDefinition<BsonDocument> Update(BsonValue update) =>
        update is BsonArray stages
            ? Builders<BsonDocument>.Update.Pipeline(
                PipelineDefinition<BsonDocument, BsonDocument>.Create(stages.Select(s => s.AsBsonDocument))
            )
            : new BsonDocumentUpdateDefinition<BsonDocument>(update.AsBsonDocument);

    public static IEnumerable<ArrayFilterDefinition>? ArrayFilters(BsonValue? filters) =>
        filters
            ?.AsBsonArray.Select(f =>
                (ArrayFilterDefinition)new BsonDocumentArrayFilterDefinition<BsonDocument>(f.AsBsonDocument)
            )
            .ToArray();

    private static DeleteOptions DeleteOptions(Arguments a) =>
        new()
        {
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            Let = a.OptionalDocument("let"),
        };

    private static T Fill<T>(T options, Arguments a)
        where T : UpdateOptions
    {
        options.ArrayFilters = ArrayFilters(a.Take("arrayFilters"));
        options.BypassDocumentValidation = a.Bool("bypassDocumentValidation");
        options.Collation = a.Collation();
        options.Comment = a.Take("comment");
        options.Hint = a.Take("hint");
        options.IsUpsert = a.Bool("upsert") ?? false;
        options.Let = a.OptionalDocument("let");
        return options;
    }
}
