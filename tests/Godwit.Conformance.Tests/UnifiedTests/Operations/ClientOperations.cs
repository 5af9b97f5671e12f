using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Operations on a client: its databases.</summary>
internal static class ClientOperations
{
    public static async Task<BsonValue?> ListDatabasesAsync(IMongoClient client, Arguments a)
    {
        var options = new ListDatabasesOptions { Filter = a.OptionalDocument("filter"), NameOnly = a.Bool("nameOnly") };
        var session = a.Session;
        a.RefuseOthers();
        using var cursor = session is null
            ? await client.ListDatabasesAsync(options)
            : await client.ListDatabasesAsync(session, options);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static async Task<BsonValue?> ListDatabaseNamesAsync(IMongoClient client, Arguments a)
    {
        var session = a.Session;
        a.RefuseOthers();
        using var cursor = session is null
            ? await client.ListDatabaseNamesAsync()
            : await client.ListDatabaseNamesAsync(session);
        return new BsonArray(await cursor.ToListAsync());
    }

    public static async Task<BsonValue?> DropDatabaseAsync(IMongoClient client, Arguments a)
    {
        var (session, name) = (a.Session, a.Required("database").AsString);
        a.RefuseOthers();
        await (session is null ? client.DropDatabaseAsync(name) : client.DropDatabaseAsync(session, name));
        return null;
    }

    public static Task<BsonValue?> CloseAsync(IMongoClient client)
    {
        ClusterRegistry.Instance.UnregisterAndDisposeCluster(client.Cluster);
        return Task.FromResult<BsonValue?>(null);
    }
}
