using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>The driver's results written as the format writes them.</summary>
internal static class Results
{
    public static BsonValue Of(UpdateResult result) =>
        !result.IsAcknowledged
            ? new BsonDocument("acknowledged", false)
            : new BsonDocument
            {
                { "matchedCount", result.MatchedCount },
                { "modifiedCount", result.ModifiedCount },
                { "upsertedCount", result.UpsertedId is null ? 0 : 1 },
                { "upsertedId", result.UpsertedId, result.UpsertedId is not null },
            };

    public static BsonValue Of(ReplaceOneResult result) =>
        !result.IsAcknowledged
            ? new BsonDocument("acknowledged", false)
            : new BsonDocument
            {
                { "matchedCount", result.MatchedCount },
                { "modifiedCount", result.ModifiedCount },
                { "upsertedCount", result.UpsertedId is null ? 0 : 1 },
                { "upsertedId", result.UpsertedId, result.UpsertedId is not null },
            };

    public static BsonValue Of(DeleteResult result) =>
        result.IsAcknowledged
            ? new BsonDocument("deletedCount", result.DeletedCount)
            : new BsonDocument("acknowledged", false);

    public static BsonDocument Of(BulkWriteResult<BsonDocument> result)
    {
        if (!result.IsAcknowledged)
        {
            return new BsonDocument("acknowledged", false);
        }

        var inserted = new BsonDocument();
        for (var i = 0; i < result.ProcessedRequests.Count; i++)
        {
            if (result.ProcessedRequests[i] is InsertOneModel<BsonDocument> insert)
            {
                inserted.Add(i.ToString(), insert.Document["_id"]);
            }
        }

        return new BsonDocument
        {
            { "insertedCount", result.InsertedCount },
            { "deletedCount", result.DeletedCount },
            { "matchedCount", result.MatchedCount },
            { "modifiedCount", result.IsModifiedCountAvailable ? result.ModifiedCount : 0 },
            { "upsertedCount", result.Upserts.Count },
            { "upsertedIds", new BsonDocument(result.Upserts.Select(u => new BsonElement(u.Index.ToString(), u.Id))) },
            { "insertedIds", inserted },
        };
    }

    public static BsonDocument Of(ClientBulkWriteResult result, bool isVerbose)
    {
        if (!result.Acknowledged)
        {
            return new BsonDocument("acknowledged", false);
        }

        var document = new BsonDocument
        {
            { "insertedCount", result.InsertedCount },
            { "upsertedCount", result.UpsertedCount },
            { "matchedCount", result.MatchedCount },
            { "modifiedCount", result.ModifiedCount },
            { "deletedCount", result.DeletedCount },
        };
        if (isVerbose)
        {
            document.Add(
                "insertResults",
                ByIndex(result.InsertResults, r => new BsonDocument("insertedId", BsonValue.Create(r.DocumentId)))
            );
            document.Add(
                "updateResults",
                ByIndex(
                    result.UpdateResults,
                    r => new BsonDocument
                    {
                        { "matchedCount", r.MatchedCount },
                        { "modifiedCount", r.ModifiedCount },
                        { "upsertedId", r.UpsertedId, r.UpsertedId is not null },
                    }
                )
            );
            document.Add(
                "deleteResults",
                ByIndex(result.DeleteResults, r => new BsonDocument("deletedCount", r.DeletedCount))
            );
        }

        return document;
    }

    public static BsonValue? PartialOf(Exception error) =>
        error switch
        {
            MongoBulkWriteException<BsonDocument> bulk => Of(bulk.Result),
            ClientBulkWriteException { PartialResult: { } partial } => Of(partial, partial.InsertResults is not null),
            _ => null,
        };

    public static BsonDocument WriteErrorsOf(Exception error) =>
        error is ClientBulkWriteException bulk
            ? ByIndex(
                bulk.WriteErrors,
                e => new BsonDocument
                {
                    { "code", e.Code },
                    { "message", e.Message },
                    { "details", e.Details, e.Details is not null },
                }
            )
            : [];

    public static BsonArray WriteConcernErrorsOf(Exception error) =>
        error is ClientBulkWriteException bulk
            ? new BsonArray(
                bulk.WriteConcernErrors.Select(e =>
                    e.WriteConcernResult?.Response?.GetValue("writeConcernError", null) is BsonDocument told
                        ? new BsonDocument { { "code", told["code"] }, { "message", told["errmsg"] } }
                        : new BsonDocument { { "code", e.Code }, { "message", e.Message } }
                )
            )
            : [];

    private static BsonDocument ByIndex<T>(IReadOnlyDictionary<int, T>? results, Func<T, BsonDocument> write) =>
        new((results ?? new Dictionary<int, T>()).Select(r => new BsonElement(r.Key.ToString(), write(r.Value))));
}
