using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Operations on the search indexes of a collection, which a server without search refuses.</summary>
internal static class SearchIndexes
{
    public static async Task<BsonValue?> CreateAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var model = Model(a.Document("model"));
        a.RefuseOthers();
        return await collection.SearchIndexes.CreateOneAsync(model);
    }

    public static async Task<BsonValue?> CreateManyAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var models = a.Required("models").AsBsonArray.Select(model => Model(model.AsBsonDocument)).ToArray();
        a.RefuseOthers();
        return new BsonArray(await collection.SearchIndexes.CreateManyAsync(models));
    }

    public static async Task<BsonValue?> UpdateAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (name, definition) = (a.Required("name").AsString, a.Document("definition"));
        a.RefuseOthers();
        await collection.SearchIndexes.UpdateAsync(name, definition);
        return null;
    }

    public static async Task<BsonValue?> DropAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var name = a.Required("name").AsString;
        a.RefuseOthers();
        await collection.SearchIndexes.DropOneAsync(name);
        return null;
    }

    public static async Task<BsonValue?> ListAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (name, given) = (a.Take("name")?.AsString, a.OptionalDocument("aggregationOptions"));
        a.RefuseOthers();
        var options = given is null ? null : new AggregateOptions { BatchSize = given["batchSize"].ToInt32() };
        using var cursor = await collection.SearchIndexes.ListAsync(name, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    private static CreateSearchIndexModel Model(BsonDocument model)
    {
        var type = model.TryGetValue("type", out var given)
            ? Enum.Parse<SearchIndexType>(given.AsString, ignoreCase: true)
            : (SearchIndexType?)null;
        return new(
            model.GetValue("name", BsonNull.Value) as BsonString is { } name ? name.Value : null,
            type,
            model["definition"].AsBsonDocument
        );
    }
}
