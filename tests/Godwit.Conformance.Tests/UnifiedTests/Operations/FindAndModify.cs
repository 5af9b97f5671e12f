using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Operations that change one document and return it.</summary>
internal static class FindAndModify
{
    public static async Task<BsonValue?> UpdateAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new FindOneAndUpdateOptions<BsonDocument>
        {
            ArrayFilters = CollectionWrites.ArrayFilters(a.Take("arrayFilters")),
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            IsUpsert = a.Bool("upsert") ?? false,
            Let = a.OptionalDocument("let"),
            MaxTime = a.Milliseconds("maxTimeMS"),
            Projection = a.OptionalDocument("projection"),
            ReturnDocument = Returned(a),
            Sort = a.OptionalDocument("sort"),
        };
        var (session, filter, update) = (
            a.Session,
            a.Document("filter"),
            CollectionWrites.Update(a.Required("update"))
        );
        a.RefuseOthers();
        return Null(
            session is null
                ? await collection.FindOneAndUpdateAsync(filter, update, options)
                : await collection.FindOneAndUpdateAsync(session, filter, update, options)
        );
    }

    public static async Task<BsonValue?> ReplaceAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new FindOneAndReplaceOptions<BsonDocument>
        {
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            IsUpsert = a.Bool("upsert") ?? false,
            Let = a.OptionalDocument("let"),
            MaxTime = a.Milliseconds("maxTimeMS"),
            Projection = a.OptionalDocument("projection"),
            ReturnDocument = Returned(a),
            Sort = a.OptionalDocument("sort"),
        };
        var (session, filter, replacement) = (a.Session, a.Document("filter"), a.Document("replacement"));
        a.RefuseOthers();
        return Null(
            session is null
                ? await collection.FindOneAndReplaceAsync(filter, replacement, options)
                : await collection.FindOneAndReplaceAsync(session, filter, replacement, options)
        );
    }

    public static async Task<BsonValue?> DeleteAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new FindOneAndDeleteOptions<BsonDocument>
        {
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            Let = a.OptionalDocument("let"),
            MaxTime = a.Milliseconds("maxTimeMS"),
            Projection = a.OptionalDocument("projection"),
            Sort = a.OptionalDocument("sort"),
        };
        var (session, filter) = (a.Session, a.Document("filter"));
        a.RefuseOthers();
        return Null(
            session is null
                ? await collection.FindOneAndDeleteAsync(filter, options)
                : await collection.FindOneAndDeleteAsync(session, filter, options)
        );
    }

    private static BsonValue Null(BsonDocument? document) => (BsonValue?)document ?? BsonNull.Value;

    private static ReturnDocument Returned(Arguments a) =>
        a.Take("returnDocument") == "After" ? ReturnDocument.After : ReturnDocument.Before;
}
