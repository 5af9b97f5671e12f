using System.Net;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>The runner's own clients: one for the deployment; of a sharded cluster one for each router, too.</summary>
internal sealed class Administration : IDisposable
{
    private readonly Dictionary<string, MongoClient> routers = new(StringComparer.Ordinal);

    public Administration(string connectionString)
    {
        ConnectionString = connectionString;
        var url = MongoUrl.Create(connectionString);
        if (url.ReplicaSetName is null)
        {
            OneRouter = $"mongodb://{url.Servers.First()}/";
            foreach (var server in url.Servers)
            {
                routers[server.ToString()] = new MongoClient($"mongodb://{server}/?directConnection=true");
            }
        }
        else
        {
            OneRouter = connectionString;
        }

        Client = new MongoClient(OneRouter);
    }

    public MongoClient Client { get; }

    /// <summary>With all members or all routers.</summary>
    public string ConnectionString { get; }

    /// <summary>With all members, or the first router alone: what a case gets that does not ask for several routers.</summary>
    public string OneRouter { get; }

    /// <summary>Runs a command where the deployment keeps state that is not shared: on every router, or on the primary.</summary>
    public async Task RunEverywhereAsync(BsonDocument command)
    {
        foreach (var client in routers.Count == 0 ? [Client] : routers.Values.ToArray())
        {
            _ = await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command);
        }
    }

    /// <summary>The client of one router.</summary>
    public IMongoClient Router(EndPoint address) =>
        address is DnsEndPoint named ? routers[$"{named.Host}:{named.Port}"] : routers[address.ToString()!];

    public void Dispose()
    {
        Client.Dispose();
        foreach (var router in routers.Values)
        {
            router.Dispose();
        }
    }
}
