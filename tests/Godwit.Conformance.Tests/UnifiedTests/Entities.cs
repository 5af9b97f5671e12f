using System.Text.RegularExpressions;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;
using MongoDB.Driver.GridFS;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>The named things of one test case; owns its clients and sessions.</summary>
internal sealed partial class Entities(Administration servers) : IAsyncDisposable
{
    private readonly Dictionary<string, object> all = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ObservedEvents> events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BsonDocument> sessionIds = new(StringComparer.Ordinal);
    private readonly List<ICluster> clusters = [];

    public T Get<T>(string id) =>
        all.TryGetValue(id, out var found) && found is T entity
            ? entity
            : throw new UnmetExpectationException($"no {typeof(T).Name} is called {id}");

    public object Get(string id) => Get<object>(id);

    public ObservedEvents EventsOf(string client) => events[client];

    public BsonDocument SessionIdOf(string session) => sessionIds[session];

    public IEnumerable<IClientSessionHandle> Sessions => all.Values.OfType<IClientSessionHandle>();

    public void Put(string id, object entity) => all[id] = entity;

    public async Task CreateAsync(BsonArray descriptions)
    {
        foreach (var description in descriptions)
        {
            var (kind, body) = (description.AsBsonDocument.GetElement(0).Name, description[0].AsBsonDocument);
            Put(body["id"].AsString, await CreateAsync(kind, body));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in Sessions)
        {
            session.Dispose();
        }

        foreach (var disposable in all.Values.OfType<IAsyncCursor<BsonDocument>>())
        {
            disposable.Dispose();
        }

        foreach (var cluster in clusters)
        {
            // A client's own Dispose leaves its connections and monitors to others with equal settings; here are none.
            ClusterRegistry.Instance.UnregisterAndDisposeCluster(cluster);
        }

        await Task.CompletedTask;
    }

    private async Task<object> CreateAsync(string kind, BsonDocument body) =>
        kind switch
        {
            "client" => CreateClient(body),
            "database" => CreateDatabase(body),
            "collection" => CreateCollection(body),
            "session" => await CreateSessionAsync(body),
            "bucket" => new GridFSBucket(Get<IMongoDatabase>(body["database"].AsString)),
            "thread" => new List<Task>(),
            _ => throw new NotExpressibleException($"entity {kind}"),
        };

    private MongoClient CreateClient(BsonDocument body)
    {
        var options = body.GetValue("uriOptions", new BsonDocument()).AsBsonDocument;
        var query = string.Join(
            '&',
            options.Select(o => $"{o.Name}={(o.Value.IsBoolean ? (o.Value.AsBoolean ? "true" : "false") : o.Value)}")
        );
        var connectionString = body.GetValue("useMultipleMongoses", false).ToBoolean()
            ? servers.ConnectionString
            : servers.OneRouter;
        var target = options.GetValue("directConnection", false).ToBoolean()
            ? OtherHosts().Replace(connectionString, "")
            : connectionString;
        var settings = MongoClientSettings.FromConnectionString(
            query.Length == 0 ? target
            : target.Contains('?') ? $"{target}&{query}"
            : $"{target.TrimEnd('/')}/?{query}"
        );
        foreach (var refused in new[] { "autoEncryptOpts", "observeLogMessages" }.Where(body.Contains))
        {
            throw new NotExpressibleException($"client with {refused}");
        }

        if (options.GetValue("connectTimeoutMS", 1) == 0)
        {
            throw new NotExpressibleException("connectTimeoutMS=0, which the driver takes as no time at all");
        }

        if (body.TryGetValue("serverApi", out var api))
        {
            settings.ServerApi = new ServerApi(
                ServerApiVersion.V1,
                api.AsBsonDocument.GetValue("strict", BsonNull.Value).AsNullableBoolean,
                api.AsBsonDocument.GetValue("deprecationErrors", BsonNull.Value).AsNullableBoolean
            );
        }

        if (!options.Contains("heartbeatFrequencyMS"))
        {
            // Errors of the tests mark servers unknown; the next look at them should not cost half a second each.
            settings.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        }

        if (!options.Contains("serverSelectionTimeoutMS"))
        {
            settings.ServerSelectionTimeout = TimeSpan.FromSeconds(10);
        }

        var observed = Names(body, "observeEvents").ToHashSet(StringComparer.Ordinal);
        var ignored = Names(body, "ignoreCommandMonitoringEvents").ToHashSet(StringComparer.Ordinal);
        var collected = new ObservedEvents(
            observed,
            ignored,
            body.GetValue("observeSensitiveCommands", false).ToBoolean()
        );
        events[body["id"].AsString] = collected;
        settings.ClusterConfigurator = collected.Subscribe;
        var client = new MongoClient(settings);
        clusters.Add(client.Cluster);
        return client;
    }

    private static IEnumerable<string> Names(BsonDocument body, string field) =>
        body.GetValue(field, new BsonArray()).AsBsonArray.Select(name => name.AsString);

    private IMongoDatabase CreateDatabase(BsonDocument body)
    {
        var options = body.GetValue("databaseOptions", new BsonDocument()).AsBsonDocument;
        var settings = new MongoDatabaseSettings();
        if (options.TryGetValue("readConcern", out var rc))
        {
            settings.ReadConcern = ClientOptions.ReadConcern(rc.AsBsonDocument);
        }

        if (options.TryGetValue("writeConcern", out var wc))
        {
            settings.WriteConcern = ClientOptions.WriteConcern(wc.AsBsonDocument);
        }

        if (options.TryGetValue("readPreference", out var rp))
        {
            settings.ReadPreference = ClientOptions.ReadPreference(rp.AsBsonDocument);
        }

        return Get<IMongoClient>(body["client"].AsString).GetDatabase(body["databaseName"].AsString, settings);
    }

    private IMongoCollection<BsonDocument> CreateCollection(BsonDocument body)
    {
        var options = body.GetValue("collectionOptions", new BsonDocument()).AsBsonDocument;
        var settings = new MongoCollectionSettings();
        if (options.TryGetValue("readConcern", out var rc))
        {
            settings.ReadConcern = ClientOptions.ReadConcern(rc.AsBsonDocument);
        }

        if (options.TryGetValue("writeConcern", out var wc))
        {
            settings.WriteConcern = ClientOptions.WriteConcern(wc.AsBsonDocument);
        }

        if (options.TryGetValue("readPreference", out var rp))
        {
            settings.ReadPreference = ClientOptions.ReadPreference(rp.AsBsonDocument);
        }

        var database = Get<IMongoDatabase>(body["database"].AsString);
        return database.GetCollection<BsonDocument>(body["collectionName"].AsString, settings);
    }

    private async Task<IClientSessionHandle> CreateSessionAsync(BsonDocument body)
    {
        var arguments = new Arguments(
            "session",
            body.GetValue("sessionOptions", new BsonDocument()).AsBsonDocument,
            this
        );
        var options = new ClientSessionOptions();
        if (arguments.Bool("causalConsistency") is { } causal)
        {
            options.CausalConsistency = causal;
        }

        options.Snapshot = arguments.Bool("snapshot") ?? false;
        if (arguments.Take("snapshotTime") is { } time)
        {
            options.SnapshotTime = Get<BsonValue>(time.AsString).AsBsonTimestamp;
        }

        if (arguments.OptionalDocument("defaultTransactionOptions") is { } transaction)
        {
            var defaults = new Arguments("defaultTransactionOptions", transaction, this);
            options.DefaultTransactionOptions = ClientOptions.Transaction(defaults);
            defaults.RefuseOthers();
        }

        arguments.RefuseOthers();
        var session = await Get<IMongoClient>(body["client"].AsString).StartSessionAsync(options);
        sessionIds[body["id"].AsString] = session.ServerSession.Id.DeepClone().AsBsonDocument;
        return session;
    }

    /// <summary>The hosts behind the first one of a connection string: a direct connection has one.</summary>
    [GeneratedRegex("(?<=^mongodb://[^/,]*),[^/]*")]
    private static partial Regex OtherHosts();
}
