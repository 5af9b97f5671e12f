using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Preflight;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>
/// What a cluster has beside its collections and their indexes as routers and primaries list them: query settings, search indexes, indexes
/// that not all shards have. What the user may not see, or this server does not know, is left unknown.
/// </summary>
internal sealed class BesideInspector(CommandRunner commands)
{
    private const int ParallelRequests = 16;
    private const int AllAtOnce = 10_000;

    /// <summary>The server is not set up for search, and so has no such indexes.</summary>
    private const int SearchNotEnabled = 31082;

    internal async Task<ClusterFacts> AddAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var settings = await AskAsync("admin", 1, "$querySettings", cancellationToken).ConfigureAwait(false);
        return facts with
        {
            QuerySettings = settings?.Count,
            SearchIndexed = await SearchIndexedAsync(facts, cancellationToken).ConfigureAwait(false),
            UnevenIndexes =
                facts.Shape == ClusterShape.Sharded
                    ? await UnevenAsync(facts, cancellationToken).ConfigureAwait(false)
                    : [],
        };
    }

    private async Task<IReadOnlyList<Namespace>?> SearchIndexedAsync(
        ClusterFacts facts,
        CancellationToken cancellationToken
    )
    {
        var collections = facts.Namespaces.Where(one => one.Kind == "collection").Select(one => one.Name).ToList();
        try
        {
            if (
                collections.Count > 0
                && await AskAsync(collections[0], "$listSearchIndexes", cancellationToken).ConfigureAwait(false) is null
            )
            {
                // It answers so for all, and there may be many.
                return null;
            }

            return await ChooseAsync<Namespace>(
                    collections,
                    async (name, token) =>
                        await AskAsync(name, "$listSearchIndexes", token).ConfigureAwait(false) is { Count: > 0 }
                            ? [name]
                            : [],
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (MongoCommandException none) when (none.Code == SearchNotEnabled)
        {
            return [];
        }
    }

    /// <summary>A router lists the indexes of one shard; each shard tells its own where their uses are asked for.</summary>
    private async Task<IReadOnlyList<string>> UnevenAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var find = new BsonDocument
        {
            { "find", "collections" },
            { "filter", new BsonDocument("unsplittable", new BsonDocument("$ne", true)) },
            { "batchSize", AllAtOnce },
        };
        var reply = await commands.TryRunAsync("config", find, cancellationToken).ConfigureAwait(false);
        var sharded = Documents(reply).Select(one => one["_id"].AsString).ToHashSet(StringComparer.Ordinal);
        return await ChooseAsync(
                facts.Namespaces.Select(one => one.Name).Where(name => sharded.Contains(name.ToString())),
                async (name, token) =>
                    Uneven(await AskAsync(name, "$indexStats", token).ConfigureAwait(false) ?? [])
                        .Select(index => $"{index} of {name}"),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Names of indexes that not every shard has that told of any, or not every one has in the same form.</summary>
    private static IEnumerable<string> Uneven(IReadOnlyList<BsonDocument> told)
    {
        var shards = told.Select(ShardOf).Distinct(StringComparer.Ordinal).Count();
        return told.GroupBy(one => one["name"].AsString)
            .Where(index =>
                index.Select(ShardOf).Distinct(StringComparer.Ordinal).Count() < shards
                || index.Select(FormOf).Distinct(StringComparer.Ordinal).Count() > 1
            )
            .Select(index => index.Key);
    }

    private static string ShardOf(BsonDocument told) => told.GetValue("shard", "").AsString;

    private static string FormOf(BsonDocument told) =>
        told.GetValue("spec", told["key"])
            .AsBsonDocument.Where(field => field.Name != "ns")
            .OrderBy(field => field.Name, StringComparer.Ordinal)
            .Aggregate("", (text, field) => $"{text} {field.Name}: {field.Value}");

    private static async Task<IReadOnlyList<T>> ChooseAsync<T>(
        IEnumerable<Namespace> names,
        Func<Namespace, CancellationToken, Task<IEnumerable<T>>> choose,
        CancellationToken cancellationToken
    )
    {
        var chosen = new ConcurrentBag<T>();
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ParallelRequests,
            CancellationToken = cancellationToken,
        };
        await Parallel
            .ForEachAsync(
                names,
                options,
                async (name, token) =>
                {
                    foreach (var one in await choose(name, token).ConfigureAwait(false))
                    {
                        chosen.Add(one);
                    }
                }
            )
            .ConfigureAwait(false);
        return [.. chosen.OrderBy(one => one?.ToString(), StringComparer.Ordinal)];
    }

    private Task<IReadOnlyList<BsonDocument>?> AskAsync(
        Namespace name,
        string stage,
        CancellationToken cancellationToken
    ) => AskAsync(name.Database, name.Collection, stage, cancellationToken);

    /// <summary>What a stage without arguments gives; <see langword="null"/> if it is refused.</summary>
    private async Task<IReadOnlyList<BsonDocument>?> AskAsync(
        string database,
        BsonValue collection,
        string stage,
        CancellationToken cancellationToken
    )
    {
        var aggregate = new BsonDocument
        {
            { "aggregate", collection },
            {
                "pipeline",
                new BsonArray { new BsonDocument(stage, new BsonDocument()) }
            },
            { "cursor", new BsonDocument("batchSize", AllAtOnce) },
        };
        try
        {
            return Documents(await commands.RunAsync(database, aggregate, cancellationToken).ConfigureAwait(false));
        }
        catch (MongoCommandException refused) when (refused.Code != SearchNotEnabled)
        {
            return null;
        }
    }

    private static IReadOnlyList<BsonDocument> Documents(BsonDocument? reply) =>
        reply is null ? [] : [.. reply["cursor"]["firstBatch"].AsBsonArray.Select(one => one.AsBsonDocument)];
}
