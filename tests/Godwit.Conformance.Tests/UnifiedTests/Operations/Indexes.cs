using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Operations on the indexes of a collection.</summary>
internal static class Indexes
{
    public static async Task<BsonValue?> CreateAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new CreateIndexOptions { Name = a.Take("name")?.AsString, Unique = a.Bool("unique") };
        var (session, model) = (a.Session, new CreateIndexModel<BsonDocument>(a.Document("keys"), options));
        a.RefuseOthers();
        return session is null
            ? await collection.Indexes.CreateOneAsync(model)
            : await collection.Indexes.CreateOneAsync(session, model);
    }

    public static async Task<BsonValue?> DropAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var (session, name) = (a.Session, a.Required("name").AsString);
        a.RefuseOthers();
        await (
            session is null ? collection.Indexes.DropOneAsync(name) : collection.Indexes.DropOneAsync(session, name)
        );
        return null;
    }

    public static async Task<BsonValue?> DropAllAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var session = a.Session;
        a.RefuseOthers();
        await (session is null ? collection.Indexes.DropAllAsync() : collection.Indexes.DropAllAsync(session));
        return null;
    }

    public static async Task<BsonValue?> ListAsync(IMongoCollection<BsonDocument> collection, Arguments a)
    {
        var options = new ListIndexesOptions { BatchSize = a.Int("batchSize") };
        var session = a.Session;
        a.RefuseOthers();
        using var cursor = session is null
            ? await collection.Indexes.ListAsync(options)
            : await collection.Indexes.ListAsync(session, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static async Task<BsonValue?> ListNamesAsync(IMongoCollection<BsonDocument> collection, Arguments a) =>
        new BsonArray(((BsonArray)(await ListAsync(collection, a))!).Select(index => index["name"]));
}
