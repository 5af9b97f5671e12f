using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Operations that read a collection.</summary>
internal static class CollectionReads
{
    public static async Task<BsonValue?> FindAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        using var cursor = await OpenAsync(collection, a);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static async Task<BsonValue?> FindOneAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = Options(a);
        // One document and no cursor, as findOne asks for: {limit: 1, singleBatch: true}.
        options.Limit = -1;
        var (session, filter) = (a.Session, a.Document("filter"));
        a.RefuseOthers();
        using var cursor = session is null
            ? await collection.FindAsync(filter, options)
            : await collection.FindAsync(session, filter, options);
        return (BsonValue?)await cursor.FirstOrDefaultAsync() ?? BsonNull.Value;
    }

    public static Task<IAsyncCursor<BsonDocument>> OpenAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (options, session, filter) = (Options(a), a.Session, a.Document("filter"));
        a.RefuseOthers();
        return session is null ? collection.FindAsync(filter, options) : collection.FindAsync(session, filter, options);
    }

    public static async Task<BsonValue?> AggregateAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (options, session, stages) = (AggregateOptions(a), a.Session, Stages(a));
        var pipeline = PipelineDefinition<BsonDocument, BsonDocument>.Create(stages);
        a.RefuseOthers();
        if (Writes(stages))
        {
            // The other way has the driver read the collection written.
            await (
                session is null
                    ? collection.AggregateToCollectionAsync(pipeline, options)
                    : collection.AggregateToCollectionAsync(session, pipeline, options)
            );
            return null;
        }

        using var cursor = session is null
            ? await collection.AggregateAsync(pipeline, options)
            : await collection.AggregateAsync(session, pipeline, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static async Task<BsonValue?> AggregateAsync(IMongoDatabase database, Arguments a)
    {
        var (options, session) = (AggregateOptions(a), a.Session);
        var stages = Stages(a);
        var pipeline = new BsonDocumentStagePipelineDefinition<NoPipelineInput, BsonDocument>(stages);
        a.RefuseOthers();
        if (Writes(stages))
        {
            await (
                session is null
                    ? database.AggregateToCollectionAsync(pipeline, options)
                    : database.AggregateToCollectionAsync(session, pipeline, options)
            );
            return null;
        }

        using var cursor = session is null
            ? await database.AggregateAsync(pipeline, options)
            : await database.AggregateAsync(session, pipeline, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    private static bool Writes(IReadOnlyList<BsonDocument> stages) =>
        stages.Count > 0 && (stages[^1].Contains("$out") || stages[^1].Contains("$merge"));

    public static async Task<BsonValue?> CountDocumentsAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (options, session, filter) = (CountOptions(a), a.Session, a.Document("filter"));
        a.RefuseOthers();
        return session is null
            ? await collection.CountDocumentsAsync(filter, options)
            : await collection.CountDocumentsAsync(session, filter, options);
    }

    public static async Task<BsonValue?> CountAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (options, session, filter) = (CountOptions(a), a.Session, a.Document("filter"));
        a.RefuseOthers();
        return session is null
            ? await collection.CountAsync(filter, options)
            : await collection.CountAsync(session, filter, options);
    }

    public static async Task<BsonValue?> EstimatedDocumentCountAsync(
        IMongoCollection<BsonDocument> collection,
        Arguments a
    )
    {
        var options = new EstimatedDocumentCountOptions
        {
            Comment = a.Take("comment"),
            MaxTime = a.Milliseconds("maxTimeMS"),
        };
        a.RefuseOthers();
        return await collection.EstimatedDocumentCountAsync(options);
    }

    public static async Task<BsonValue?> DistinctAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new DistinctOptions
        {
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            MaxTime = a.Milliseconds("maxTimeMS"),
        };
        var (session, field, filter) = (a.Session, a.Required("fieldName").AsString, a.Document("filter"));
        a.RefuseOthers();
        using var cursor = session is null
            ? await collection.DistinctAsync<BsonValue>(field, filter, options)
            : await collection.DistinctAsync<BsonValue>(session, field, filter, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static BsonDocument[] Stages(Arguments a) =>
        [.. a.Required("pipeline").AsBsonArray.Select(stage => stage.AsBsonDocument)];

    private static FindOptions<BsonDocument> Options(Arguments a) =>
        new()
        {
            AllowDiskUse = a.Bool("allowDiskUse"),
            BatchSize = a.Int("batchSize"),
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            Let = a.OptionalDocument("let"),
            Limit = a.Int("limit"),
            Max = a.OptionalDocument("max"),
            MaxTime = a.Milliseconds("maxTimeMS"),
            Min = a.OptionalDocument("min"),
            NoCursorTimeout = a.Bool("noCursorTimeout"),
            Projection = a.OptionalDocument("projection"),
            ReturnKey = a.Bool("returnKey"),
            ShowRecordId = a.Bool("showRecordId"),
            Skip = a.Int("skip"),
            Sort = a.OptionalDocument("sort"),
        };

    private static AggregateOptions AggregateOptions(Arguments a) =>
        new()
        {
            AllowDiskUse = a.Bool("allowDiskUse"),
            BatchSize = a.Int("batchSize"),
            BypassDocumentValidation = a.Bool("bypassDocumentValidation"),
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            Let = a.OptionalDocument("let"),
            MaxTime = a.Milliseconds("maxTimeMS"),
        };

    private static CountOptions CountOptions(Arguments a) =>
        new()
        {
            Collation = a.Collation(),
            Comment = a.Take("comment"),
            Hint = a.Take("hint"),
            Limit = a.Int("limit"),
            MaxTime = a.Milliseconds("maxTimeMS"),
            Skip = a.Int("skip"),
        };
}
