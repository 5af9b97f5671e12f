using Godwit.Engine.Mongo.Connections;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>
/// What each shard of a cluster holds and how it is, for people who watch a migration (D01): documents and chunks from the routers, members
/// and oplogs from the shards themselves where the user may ask them.
/// </summary>
internal static class ShardSurvey
{
    private const int DatabasesMax = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="address">Connection string of the cluster.</param>
    /// <param name="asksShards">Whether shards are asked directly: a user of the routers alone would only fill their logs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One a shard; none of a replica set.</returns>
    /// <exception cref="MongoException">The cluster does not answer.</exception>
    /// <exception cref="TimeoutException">The cluster does not answer.</exception>
    internal static async Task<IReadOnlyList<ShardFacts>> TakeAsync(
        string address,
        bool asksShards,
        CancellationToken cancellationToken
    )
    {
        var settings = MongoAddress.Parse(address).DriverSettings.Clone();
        settings.ServerSelectionTimeout = Patience;
        using var client = new MongoClient(settings);
        var routers = new CommandRunner(client);
        var hello = await routers.RunAsync("admin", new("hello", 1), cancellationToken).ConfigureAwait(false);
        if (hello.GetValue("msg", "") != "isdbgrid")
        {
            return [];
        }

        var inspector = new ShardInspector(routers, settings);
        var shards = await inspector.ListAsync(cancellationToken).ConfigureAwait(false);
        var held = await ReadHeldAsync(routers, cancellationToken).ConfigureAwait(false);
        var chunks = await CountChunksAsync(client, cancellationToken).ConfigureAwait(false);
        var told = asksShards ? await inspector.AskAllAsync(shards, cancellationToken).ConfigureAwait(false) : [];
        return
        [
            .. shards.Select(shard =>
            {
                var answer = told.FirstOrDefault(one => one.Name == shard.Name);
                (long Documents, long Bytes)? there =
                    held is not null && held.TryGetValue(shard.Hosts, out var known) ? known : null;
                return new ShardFacts(
                    shard.Name,
                    there?.Documents,
                    there?.Bytes,
                    chunks?.GetValueOrDefault(shard.Name),
                    answer is { Fault: null } ? answer.Facts.DataBearingMembers : null,
                    answer?.Facts.OplogWindow,
                    answer is { Fault: null, Facts.IsMajorityReachable: false }
                        ? "a majority of its members is away"
                        : answer?.Fault
                );
            }),
        ];
    }

    /// <summary>By the shards' hosts, as routers name them there; <see langword="null"/> if the user may not ask.</summary>
    private static async Task<Dictionary<string, (long Documents, long Bytes)>?> ReadHeldAsync(
        CommandRunner routers,
        CancellationToken cancellationToken
    )
    {
        var held = new Dictionary<string, (long Documents, long Bytes)>(StringComparer.Ordinal);
        var listed = await routers
            .TryRunAsync("admin", new() { { "listDatabases", 1 }, { "nameOnly", true } }, cancellationToken)
            .ConfigureAwait(false);
        if (listed is null)
        {
            return null;
        }

        var names = listed["databases"]
            .AsBsonArray.Select(one => one["name"].AsString)
            .Except(["admin", "config", "local"]);
        foreach (var name in names.Take(DatabasesMax))
        {
            var stats = await routers.TryRunAsync(name, new("dbStats", 1), cancellationToken).ConfigureAwait(false);
            if (stats is null)
            {
                return null;
            }

            foreach (var one in stats["raw"].AsBsonDocument)
            {
                var (documents, bytes) = held.GetValueOrDefault(one.Name);
                held[one.Name] = (documents + one.Value["objects"].ToInt64(), bytes + one.Value["dataSize"].ToInt64());
            }
        }

        return held;
    }

    /// <summary>By the shards' names; <see langword="null"/> if the user may not read that.</summary>
    private static async Task<Dictionary<string, long>?> CountChunksAsync(
        MongoClient client,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var cursor = await client
                .GetDatabase("config")
                .GetCollection<BsonDocument>("chunks")
                .AggregateAsync<BsonDocument>(
                    new[] { BsonDocument.Parse("{$group: {_id: '$shard', count: {$sum: 1}}}") },
                    null,
                    cancellationToken
                )
                .ConfigureAwait(false);
            var counted = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
            return counted.ToDictionary(
                one => one["_id"].AsString,
                one => one["count"].ToInt64(),
                StringComparer.Ordinal
            );
        }
        catch (MongoCommandException)
        {
            return null;
        }
    }
}

/// <summary>A shard as it is now; what could not be asked is <see langword="null"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Documents">Documents that it holds, of applications and the engine.</param>
/// <param name="DataBytes">Their bytes.</param>
/// <param name="Chunks">Ranges of sharded collections that it holds.</param>
/// <param name="Members">Members that hold data.</param>
/// <param name="OplogWindow">How far its oplog reaches back.</param>
/// <param name="Fault">What is wrong with it, or why it could not be asked; <see langword="null"/> if it answers or was not asked.</param>
internal sealed record ShardFacts(
    string Name,
    long? Documents,
    long? DataBytes,
    long? Chunks,
    int? Members,
    TimeSpan? OplogWindow,
    string? Fault
);
