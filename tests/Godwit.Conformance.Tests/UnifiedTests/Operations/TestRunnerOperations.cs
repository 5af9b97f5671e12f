using System.Net;
using System.Reflection;
using Godwit.Conformance.Tests.UnifiedTests.Matching;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Bindings;
using MongoDB.Driver.Core.Clusters;
using MongoDB.Driver.Core.Servers;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>What a case asks of the runner itself: fail points, checks of sessions and events, waiting.</summary>
internal sealed class TestRunnerOperations(Entities entities, Administration servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly PropertyInfo PinnedServer = typeof(CoreTransaction).GetProperty(
        "PinnedServer",
        BindingFlags.Instance | BindingFlags.NonPublic
    )!;
    private readonly List<string> failPoints = [];

    public async Task<BsonValue?> RunAsync(string name, Arguments a)
    {
        switch (name)
        {
            case "failPoint":
                await SetAsync(entities.Get<IMongoClient>(a.Required("client").AsString), a.Document("failPoint"));
                break;
            case "targetedFailPoint":
                await SetAsync(Target(a.Session!), a.Document("failPoint"));
                break;
            case "createEntities":
                await entities.CreateAsync(a.Required("entities").AsBsonArray);
                break;
            case "wait":
                await Task.Delay(a.Int("ms")!.Value);
                break;
            case "waitForEvent":
                await WaitForEventAsync(a);
                break;
            case "assertEventCount":
                var counted = new EventMatcher(entities).Count(a.Required("client").AsString, a.Document("event"));
                Expect(counted == a.Int("count"), $"{a.Int("count")} events expected, {counted} published");
                break;
            case "waitForThread":
                await Task.WhenAll(entities.Get<List<Task>>(a.Required("thread").AsString)).WaitAsync(Patience);
                break;
            case "recordTopologyDescription":
                entities.Put(a.Required("id").AsString, entities.EventsOf(a.Required("client").AsString).Topology!);
                break;
            case "assertTopologyType":
                var topology = entities.Get<ClusterDescription>(a.Required("topologyDescription").AsString);
                Expect(
                    ObservedEvents.TopologyName(topology) == a.Required("topologyType"),
                    $"topology is {ObservedEvents.TopologyName(topology)}"
                );
                break;
            case "waitForPrimaryChange":
                await WaitForPrimaryChangeAsync(a);
                break;
            default:
                await CheckAsync(name, a);
                break;
        }

        return null;
    }

    public async Task DisableFailPointsAsync()
    {
        foreach (var name in failPoints)
        {
            await servers.RunEverywhereAsync(new BsonDocument { { "configureFailPoint", name }, { "mode", "off" } });
        }
    }

    private async Task CheckAsync(string name, Arguments a)
    {
        switch (name)
        {
            case "assertSessionDirty" or "assertSessionNotDirty":
                Expect(
                    a.Session!.WrappedCoreSession.IsDirty == (name == "assertSessionDirty"),
                    $"the session's IsDirty is {a.Session.WrappedCoreSession.IsDirty}"
                );
                break;
            case "assertSessionPinned" or "assertSessionUnpinned":
                var router = PinnedRouter(a.Session!);
                Expect((router is not null) == (name == "assertSessionPinned"), $"the session's router is {router}");
                break;
            case "assertSessionTransactionState":
                var state = a.Session!.WrappedCoreSession.CurrentTransaction?.State.ToString() ?? "none";
                Expect(
                    string.Equals(
                        state,
                        a.Required("state").AsString.Replace("_", ""),
                        StringComparison.OrdinalIgnoreCase
                    ),
                    $"the transaction is {state}"
                );
                break;
            case "assertSameLsidOnLastTwoCommands" or "assertDifferentLsidOnLastTwoCommands":
                CheckLastTwo(a, name == "assertSameLsidOnLastTwoCommands");
                break;
            case "assertCollectionExists" or "assertCollectionNotExists":
                var collections = await (
                    await servers.Client.GetDatabase(a.Required("databaseName").AsString).ListCollectionNamesAsync()
                ).ToListAsync();
                Expect(
                    collections.Contains(a.Required("collectionName").AsString) == (name == "assertCollectionExists"),
                    "collections: " + string.Join(", ", collections)
                );
                break;
            case "assertIndexExists" or "assertIndexNotExists":
                var exists = await IndexExistsAsync(a);
                Expect(exists == (name == "assertIndexExists"), exists ? "the index exists" : "no such index");
                break;
            default:
                throw new NotExpressibleException($"operation {name}");
        }
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new UnmetExpectationException(otherwise);
        }
    }

    /// <summary>The router a transaction is bound to, which the driver does not tell anyone; a replica set has none.</summary>
    private static EndPoint? PinnedRouter(IClientSessionHandle session) =>
        session.WrappedCoreSession.CurrentTransaction is { } transaction
        && PinnedServer.GetValue(transaction) is { } server
            ? (EndPoint?)server.GetType().GetProperty("EndPoint")!.GetValue(server)
            : null;

    private IMongoClient Target(IClientSessionHandle session) =>
        PinnedRouter(session) is { } address ? servers.Router(address) : session.Client;

    private async Task SetAsync(IMongoClient client, BsonDocument failPoint)
    {
        failPoints.Add(failPoint["configureFailPoint"].AsString);
        await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(failPoint, ReadPreference.Primary);
    }

    private async Task WaitForEventAsync(Arguments a)
    {
        var (client, wanted, count) = (a.Required("client").AsString, a.Document("event"), a.Int("count"));
        var matcher = new EventMatcher(entities);
        await UntilAsync(() => matcher.Count(client, wanted) >= count, $"{count} × {wanted} did not come");
    }

    private async Task WaitForPrimaryChangeAsync(Arguments a)
    {
        var prior = Primary(entities.Get<ClusterDescription>(a.Required("priorTopologyDescription").AsString));
        var events = entities.EventsOf(a.Required("client").AsString);
        await UntilAsync(() => Primary(events.Topology) is { } now && !now.Equals(prior), "the primary did not change");

        static System.Net.EndPoint? Primary(ClusterDescription? d) =>
            d?.Servers.FirstOrDefault(s => s.Type == ServerType.ReplicaSetPrimary)?.EndPoint;
    }

    private static async Task UntilAsync(Func<bool> holds, string otherwise)
    {
        for (var deadline = DateTime.UtcNow + Patience; !holds(); await Task.Delay(10))
        {
            Expect(DateTime.UtcNow < deadline, otherwise);
        }
    }

    private void CheckLastTwo(Arguments a, bool same)
    {
        var ids = entities
            .EventsOf(a.Required("client").AsString)
            .Snapshot()
            .Where(e => e.Type == "commandStartedEvent")
            .Select(e => e.Content["command"].AsBsonDocument.GetValue("lsid", BsonNull.Value))
            .TakeLast(2)
            .ToArray();
        Expect(
            ids.Length == 2 && ids[0] == ids[1] == same,
            $"sessions of the last two commands: {string.Join(", ", ids.AsEnumerable())}"
        );
    }

    private async Task<bool> IndexExistsAsync(Arguments a)
    {
        var collection = servers
            .Client.GetDatabase(a.Required("databaseName").AsString)
            .GetCollection<BsonDocument>(a.Required("collectionName").AsString);
        var indexes = await (await collection.Indexes.ListAsync()).ToListAsync();
        return indexes.Any(index => index["name"] == a.Required("indexName"));
    }
}
