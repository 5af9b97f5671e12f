using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Operations on a database: commands and its collections.</summary>
internal static class DatabaseOperations
{
    public static async Task<BsonValue?> RunCommandAsync(IMongoDatabase database, Arguments a)
    {
        a.Take("commandName");
        var (session, command) = (a.Session, a.Document("command"));
        var preference = a.OptionalDocument("readPreference") is { } rp ? ClientOptions.ReadPreference(rp) : null;
        a.RefuseOthers();
        return session is null
            ? await database.RunCommandAsync<BsonDocument>(command, preference)
            : await database.RunCommandAsync<BsonDocument>(session, command, preference);
    }

    public static async Task<BsonValue?> CreateCollectionAsync(IMongoDatabase database, Arguments a)
    {
        var (session, name) = (a.Session, a.Required("collection").AsString);
        if (a.Take("viewOn") is { } viewOn)
        {
            var stages = a.Take("pipeline")?.AsBsonArray.Select(s => s.AsBsonDocument) ?? [];
            var pipeline = PipelineDefinition<BsonDocument, BsonDocument>.Create(stages);
            a.RefuseOthers();
            await (
                session is null
                    ? database.CreateViewAsync(name, viewOn.AsString, pipeline)
                    : database.CreateViewAsync(session, name, viewOn.AsString, pipeline)
            );
            return null;
        }

        var options = CollectionOptions(a);
        a.RefuseOthers();
        await (
            session is null
                ? database.CreateCollectionAsync(name, options)
                : database.CreateCollectionAsync(session, name, options)
        );
        return null;
    }

    public static async Task<BsonValue?> DropCollectionAsync(IMongoDatabase database, Arguments a)
    {
        var (session, name) = (a.Session, a.Required("collection").AsString);
        a.RefuseOthers();
        await (session is null ? database.DropCollectionAsync(name) : database.DropCollectionAsync(session, name));
        return null;
    }

    public static async Task<BsonValue?> ListCollectionsAsync(IMongoDatabase database, Arguments a)
    {
        var options = new ListCollectionsOptions
        {
            BatchSize = a.Int("batchSize"),
            Filter = a.OptionalDocument("filter"),
        };
        var session = a.Session;
        a.RefuseOthers();
        using var cursor = session is null
            ? await database.ListCollectionsAsync(options)
            : await database.ListCollectionsAsync(session, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static async Task<BsonValue?> ListCollectionNamesAsync(IMongoDatabase database, Arguments a)
    {
        var options = new ListCollectionNamesOptions { Filter = a.OptionalDocument("filter") };
        var session = a.Session;
        a.RefuseOthers();
        using var cursor = session is null
            ? await database.ListCollectionNamesAsync(options)
            : await database.ListCollectionNamesAsync(session, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static async Task<BsonValue?> ModifyCollectionAsync(IMongoDatabase database, Arguments a)
    {
        var command = new BsonDocument("collMod", a.Required("collection"));
        foreach (var option in new[] { "validator", "index", "changeStreamPreAndPostImages", "expireAfterSeconds" })
        {
            if (a.Take(option) is { } value)
            {
                command.Add(option, value);
            }
        }

        a.RefuseOthers();
        return await database.RunCommandAsync<BsonDocument>(command);
    }

    private static CreateCollectionOptions<BsonDocument> CollectionOptions(Arguments a)
    {
        var options = new CreateCollectionOptions<BsonDocument>
        {
            Capped = a.Bool("capped"),
            MaxSize = a.Int("size"),
            MaxDocuments = a.Int("max"),
            ExpireAfter = a.Int("expireAfterSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        if (a.OptionalDocument("changeStreamPreAndPostImages") is { } images)
        {
            options.ChangeStreamPreAndPostImagesOptions = new ChangeStreamPreAndPostImagesOptions
            {
                Enabled = images["enabled"].AsBoolean,
            };
        }

        if (a.OptionalDocument("clusteredIndex") is { } clustered)
        {
            options.ClusteredIndex = new ClusteredIndexOptions<BsonDocument>
            {
                Key = new BsonDocumentIndexKeysDefinition<BsonDocument>(clustered["key"].AsBsonDocument),
                Unique = clustered["unique"].AsBoolean,
                Name = clustered.GetValue("name", BsonNull.Value).IsString ? clustered["name"].AsString : null,
            };
        }

        if (a.OptionalDocument("timeseries") is { } series)
        {
            options.TimeSeriesOptions = new TimeSeriesOptions(
                series["timeField"].AsString,
                series.Contains("metaField") ? series["metaField"].AsString : null,
                series.Contains("granularity")
                    ? Enum.Parse<TimeSeriesGranularity>(series["granularity"].AsString, true)
                    : (TimeSeriesGranularity?)null,
                series.Contains("bucketMaxSpanSeconds") ? series["bucketMaxSpanSeconds"].ToInt32() : (int?)null,
                series.Contains("bucketRoundingSeconds") ? series["bucketRoundingSeconds"].ToInt32() : (int?)null
            );
        }

        return options;
    }
}
