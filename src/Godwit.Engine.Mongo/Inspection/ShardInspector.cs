using Godwit.Bson;
using Godwit.Engine.Preflight;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>A sharded cluster: its identity and shards, and what each shard tells of its members and its oplog when asked directly.</summary>
internal sealed class ShardInspector(CommandRunner routers, MongoClientSettings settings)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal async Task<ClusterFacts> AddAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var version = await FindAsync("version", cancellationToken).ConfigureAwait(false);
        var shards = await ListAsync(cancellationToken).ConfigureAwait(false);
        var asked = await AskAllAsync(shards, cancellationToken).ConfigureAwait(false);
        var answers = asked.Where(one => one.Fault is null).Select(one => one.Facts).ToList();
        return facts with
        {
            Identity = version.FirstOrDefault()?.GetValue("clusterId", BsonNull.Value) is BsonObjectId id
                ? id.ToString()
                : null,
            Shards = [.. shards.Select(shard => shard.Name)],
            JumboCollections = await JumboAsync(cancellationToken).ConfigureAwait(false),
            SilentShards = [.. asked.Select(one => one.Fault).OfType<string>()],
            IsMajorityReachable = answers.TrueForAll(one => one.IsMajorityReachable),
            Arbiters = answers.Sum(one => one.Arbiters),
            DataBearingMembers = answers.Count == 0 ? 1 : answers.Min(one => one.DataBearingMembers),
            OplogWindow = answers.Min(one => one.OplogWindow),
            OplogBytesMax = answers.Min(one => one.OplogBytesMax),
            MemoryBytes = answers.Min(one => one.MemoryBytes),
            Processors = answers.Min(one => one.Processors),
        };
    }

    /// <summary>Name and hosts of each shard.</summary>
    internal async Task<IReadOnlyList<(string Name, string Hosts)>> ListAsync(CancellationToken cancellationToken) =>
        [
            .. (await FindAsync("shards", cancellationToken).ConfigureAwait(false)).Select(shard =>
                (shard["_id"].AsString, shard["host"].AsString)
            ),
        ];

    /// <summary>What each shard tells when asked directly.</summary>
    internal async Task<IReadOnlyList<ShardAnswer>> AskAllAsync(
        IReadOnlyList<(string Name, string Hosts)> shards,
        CancellationToken cancellationToken
    ) =>
        await Task.WhenAll(shards.Select(shard => AskAsync(shard.Name, shard.Hosts, cancellationToken)))
            .ConfigureAwait(false);

    private async Task<ShardAnswer> AskAsync(string name, string hosts, CancellationToken cancellationToken)
    {
        var slash = hosts.IndexOf('/', StringComparison.Ordinal);
        var direct = settings.Clone();
        direct.Scheme = ConnectionStringScheme.MongoDB;
        direct.ReplicaSetName = hosts[..slash];
        direct.Servers = hosts[(slash + 1)..].Split(',').Select(MongoServerAddress.Parse);
        direct.ServerSelectionTimeout = Patience;
        direct.ConnectTimeout = Patience;
        using var client = new MongoClient(direct);
        var facts = new ClusterFacts { Address = hosts };
        try
        {
            _ = await new CommandRunner(client)
                .RunAsync("admin", new("ping", 1), cancellationToken)
                .ConfigureAwait(false);
            facts = await new MemberInspector(new(client)).AddAsync(facts, cancellationToken).ConfigureAwait(false);
            return new(
                name,
                facts,
                facts.OplogWindow is null ? $"{name} ({hosts}) does not let this user read its oplog" : null
            );
        }
        catch (Exception exception) when (ConnectionFaults.Translate(exception, client) is { } fault)
        {
            return new(name, facts, $"{name} ({hosts}): {fault.Detail}");
        }
    }

    private async Task<IReadOnlyList<Namespace>> JumboAsync(CancellationToken cancellationToken)
    {
        var chunks = new BsonDocument
        {
            { "distinct", "chunks" },
            { "key", "uuid" },
            { "query", new BsonDocument("jumbo", true) },
        };
        var reply = await routers.TryRunAsync("config", chunks, cancellationToken).ConfigureAwait(false);
        if (reply?["values"].AsBsonArray is not { Count: > 0 } uuids)
        {
            return [];
        }

        var collections = await FindAsync("collections", cancellationToken, new("uuid", new BsonDocument("$in", uuids)))
            .ConfigureAwait(false);
        return [.. collections.Select(one => Namespace.Parse(one["_id"].AsString))];
    }

    private async Task<List<BsonDocument>> FindAsync(
        string collection,
        CancellationToken cancellationToken,
        BsonDocument? filter = null
    )
    {
        var find = new BsonDocument { { "find", collection }, { "filter", filter ?? [] } };
        var reply = await routers.TryRunAsync("config", find, cancellationToken).ConfigureAwait(false);
        return reply is null ? [] : [.. reply["cursor"]["firstBatch"].AsBsonArray.Select(one => one.AsBsonDocument)];
    }
}

/// <summary>What a shard has told.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Facts">What it has told.</param>
/// <param name="Fault">Why it has not told all; <see langword="null"/> if it has.</param>
internal sealed record ShardAnswer(string Name, ClusterFacts Facts, string? Fault);
