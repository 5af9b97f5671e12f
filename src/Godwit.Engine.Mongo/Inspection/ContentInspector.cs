using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;
using Godwit.Engine.Recovery;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>What the cluster holds: collections with their sizes, index builds, free disk space.</summary>
internal sealed class ContentInspector(CommandRunner commands, IMongoClient client, bool isMeasured)
{
    private const int ParallelRequests = 16;
    private static readonly string[] SystemDatabases = ["admin", "local", "config"];

    internal async Task<ClusterFacts> AddAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var databases = await DatabasesAsync(cancellationToken).ConfigureAwait(false);
        var listed = new List<(Namespace Name, string Kind, BsonDocument Options)>();
        foreach (var database in databases.Where(one => !ReservedNames.IsReserved(one)))
        {
            listed.AddRange(await CollectionsAsync(database, cancellationToken).ConfigureAwait(false));
        }

        var measured = new ConcurrentBag<NamespaceFacts>();
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ParallelRequests,
            CancellationToken = cancellationToken,
        };
        await Parallel
            .ForEachAsync(
                listed,
                options,
                async (item, token) =>
                    measured.Add(
                        await MeasureAsync(item.Name, item.Kind, token).ConfigureAwait(false) with
                        {
                            Series = item.Options.GetValue("timeseries", BsonNull.Value) is BsonDocument series
                                ? new RawDocument(series.ToBson())
                                : null,
                            IsEncrypted = item.Options.Contains("encryptedFields"),
                        }
                    )
            )
            .ConfigureAwait(false);
        return facts with
        {
            Namespaces = [.. measured.OrderBy(n => n.Name.ToString(), StringComparer.Ordinal)],
            RunningIndexBuilds = await IndexBuildsAsync(cancellationToken).ConfigureAwait(false),
            FreeDiskBytes = await FreeDiskAsync(cancellationToken).ConfigureAwait(false),
            Migrations = await MigrationsAsync(databases, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<IReadOnlyList<string>> DatabasesAsync(CancellationToken cancellationToken)
    {
        var reply = await commands
            .TryRunAsync("admin", new() { { "listDatabases", 1 }, { "nameOnly", true } }, cancellationToken)
            .ConfigureAwait(false);
        return reply is null
            ? []
            : [.. reply["databases"].AsBsonArray.Select(d => d["name"].AsString).Except(SystemDatabases)];
    }

    private async Task<IEnumerable<(Namespace Name, string Kind, BsonDocument Options)>> CollectionsAsync(
        string database,
        CancellationToken cancellationToken
    )
    {
        using var cursor = await client
            .GetDatabase(database)
            .ListCollectionsAsync(cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        var collections = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return collections
            .Select(c =>
                (
                    new Namespace(database, c["name"].AsString),
                    c["type"].AsString,
                    c.GetValue("options", new BsonDocument()).AsBsonDocument
                )
            )
            .Where(c => !c.Item1.Collection.StartsWith("system.", StringComparison.Ordinal));
    }

    private async Task<NamespaceFacts> MeasureAsync(Namespace ns, string kind, CancellationToken cancellationToken)
    {
        var stats =
            kind == "view" || !isMeasured
                ? null
                : await commands
                    .TryRunAsync(ns.Database, new("collStats", ns.Collection), cancellationToken)
                    .ConfigureAwait(false);
        return new(
            ns,
            kind,
            Figure(stats, "count"),
            Figure(stats, "size"),
            Figure(stats, "storageSize") + Figure(stats, "totalIndexSize"),
            stats?.GetValue("capped", false).ToBoolean() == true
        );
    }

    private static long Figure(BsonDocument? stats, string name) =>
        stats?.GetValue(name, 0) is { IsNumeric: true } figure ? figure.ToInt64() : 0;

    private async Task<IReadOnlyList<Namespace>> IndexBuildsAsync(CancellationToken cancellationToken)
    {
        var command = new BsonDocument
        {
            { "aggregate", 1 },
            {
                "pipeline",
                new BsonArray
                {
                    new BsonDocument(
                        "$currentOp",
                        new BsonDocument { { "allUsers", true }, { "idleConnections", false } }
                    ),
                    new BsonDocument(
                        "$match",
                        new BsonDocument("command.createIndexes", new BsonDocument("$exists", true))
                    ),
                }
            },
            { "cursor", new BsonDocument() },
        };
        var reply = await commands.TryRunAsync("admin", command, cancellationToken).ConfigureAwait(false);
        return reply is null
            ? []
            :
            [
                .. reply["cursor"]
                    ["firstBatch"]
                    .AsBsonArray.Select(op => Namespace.Parse(op.AsBsonDocument.GetValue("ns", "").AsString))
                    .Distinct(),
            ];
    }

    private async Task<IReadOnlyList<RecordedMigration>> MigrationsAsync(
        IEnumerable<string> databases,
        CancellationToken cancellationToken
    )
    {
        var recorded = new List<RecordedMigration>();
        foreach (var database in databases.Where(ReservedNames.IsReserved))
        {
            var state = await ReadAsync(database, ReservedStore.Migration, cancellationToken).ConfigureAwait(false);
            var rows = await ReadAsync(database, ReservedStore.Collections, cancellationToken).ConfigureAwait(false);
            recorded.AddRange(RecordedMigrations.Read(database, state, rows));
        }

        return recorded;
    }

    /// <summary>What a collection of a reserved database holds; nothing where it may not be read, which the checks of privileges say.</summary>
    private async Task<IReadOnlyList<RawDocument>> ReadAsync(
        string database,
        string collection,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var documents = await client
                .GetDatabase(database)
                .GetCollection<BsonDocument>(collection)
                .Find(FilterDefinition<BsonDocument>.Empty)
                .ToListAsync(cancellationToken)
                .ConfigureAwait(false);
            return [.. documents.Select(one => new RawDocument(one.ToBson()))];
        }
        catch (MongoCommandException)
        {
            return [];
        }
    }

    private async Task<long?> FreeDiskAsync(CancellationToken cancellationToken)
    {
        var reply = await commands.TryRunAsync("admin", new("dbStats", 1), cancellationToken).ConfigureAwait(false);
        return reply is not null && reply.Contains("fsTotalSize") && reply.Contains("fsUsedSize")
            ? Figure(reply, "fsTotalSize") - Figure(reply, "fsUsedSize")
            : null;
    }
}
