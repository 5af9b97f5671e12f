using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Change streams as raw documents, and the reading of any cursor.</summary>
internal static class ChangeStreams
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<IAsyncCursor<BsonDocument>> OpenAsync(object watched, Arguments a)
    {
        var options = new ChangeStreamOptions
        {
            BatchSize = a.Int("batchSize"),
            Comment = a.Take("comment"),
            MaxAwaitTime = a.Milliseconds("maxAwaitTimeMS"),
            ResumeAfter = a.OptionalDocument("resumeAfter"),
            ShowExpandedEvents = a.Bool("showExpandedEvents"),
            StartAfter = a.OptionalDocument("startAfter"),
            StartAtOperationTime = a.Take("startAtOperationTime")?.AsBsonTimestamp,
        };
        if (a.Take("fullDocument") is { } full)
        {
            options.FullDocument = Enum.Parse<ChangeStreamFullDocumentOption>(full.AsString, ignoreCase: true);
        }

        if (a.Take("fullDocumentBeforeChange") is { } before)
        {
            options.FullDocumentBeforeChange = Enum.Parse<ChangeStreamFullDocumentBeforeChangeOption>(
                before.AsString,
                ignoreCase: true
            );
        }

        // The driver reads events into its own type; a last stage that changes nothing lets raw documents through.
        var stages = CollectionReads.Stages(a);
        a.RefuseOthers();
        var pipeline = new BsonDocumentStagePipelineDefinition<ChangeStreamDocument<BsonDocument>, BsonDocument>(
            stages
        );
        return watched switch
        {
            IMongoClient client => await client.WatchAsync(pipeline, options),
            IMongoDatabase database => await database.WatchAsync(pipeline, options),
            IMongoCollection<BsonDocument> collection => await collection.WatchAsync(
                new BsonDocumentStagePipelineDefinition<ChangeStreamDocument<BsonDocument>, BsonDocument>(stages),
                options
            ),
            _ => throw new NotExpressibleException($"a change stream on {watched.GetType().Name}"),
        };
    }

    /// <summary>One document of a cursor at a time; batches are kept between calls.</summary>
    public static async Task<BsonValue?> NextAsync(ReadCursor cursor)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await cursor.NextAsync(limit.Token);
    }
}

/// <summary>A cursor and what of its current batch is not yet read.</summary>
internal sealed class ReadCursor(IAsyncCursor<BsonDocument> cursor) : IDisposable
{
    private readonly Queue<BsonDocument> batch = new();

    public async Task<BsonDocument> NextAsync(CancellationToken cancellation)
    {
        while (batch.Count == 0)
        {
            if (!await cursor.MoveNextAsync(cancellation))
            {
                throw new UnmetExpectationException("the cursor ended");
            }

            Refill();
        }

        return batch.Dequeue();
    }

    /// <summary>At most one request to the server.</summary>
    public async Task OnceAsync()
    {
        if (batch.Count > 0)
        {
            batch.Dequeue();
        }
        else if (await cursor.MoveNextAsync())
        {
            Refill();
        }
    }

    public void Dispose() => cursor.Dispose();

    private void Refill()
    {
        foreach (var document in cursor.Current)
        {
            batch.Enqueue(document);
        }
    }
}
