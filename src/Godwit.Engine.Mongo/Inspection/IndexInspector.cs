using Godwit.Bson;
using Godwit.Engine.Preflight;
using MongoDB.Bson;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>The indexes of single collections, and in which of their fields there are arrays: what a shard key has to know.</summary>
internal sealed class IndexInspector(CommandRunner commands, IReadOnlyCollection<Namespace> wanted)
{
    private const int IndexesMax = 1_000;

    internal async Task<ClusterFacts> AddAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var namespaces = new List<NamespaceFacts>();
        foreach (var one in facts.Namespaces)
        {
            namespaces.Add(
                one.Kind == "collection" && wanted.Contains(one.Name)
                    ? await AddAsync(one, cancellationToken).ConfigureAwait(false)
                    : one
            );
        }

        return facts with
        {
            Namespaces = namespaces,
        };
    }

    private async Task<NamespaceFacts> AddAsync(NamespaceFacts one, CancellationToken cancellationToken)
    {
        var list = new BsonDocument
        {
            { "listIndexes", one.Name.Collection },
            { "cursor", new BsonDocument("batchSize", IndexesMax) },
        };
        var reply = await commands.TryRunAsync(one.Name.Database, list, cancellationToken).ConfigureAwait(false);
        if (reply is null)
        {
            return one;
        }

        var indexes = reply["cursor"]["firstBatch"].AsBsonArray.Select(index => index.AsBsonDocument).ToList();
        var arrays = new HashSet<string>(StringComparer.Ordinal);
        foreach (var index in indexes.Where(index => !index.Contains("clustered")))
        {
            arrays.UnionWith(await ArraysAsync(one.Name, index, cancellationToken).ConfigureAwait(false));
        }

        return one with
        {
            Indexes = [.. indexes.Select(index => new RawDocument(index.ToBson()))],
            ArrayFields = [.. arrays.Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>The server remembers of an index where it has met arrays, and says so when it explains a plan; nothing is read for that.</summary>
    private async Task<IEnumerable<string>> ArraysAsync(
        Namespace name,
        BsonDocument index,
        CancellationToken cancellationToken
    )
    {
        var explain = new BsonDocument
        {
            {
                "explain",
                new BsonDocument
                {
                    { "find", name.Collection },
                    { "filter", new BsonDocument() },
                    { "hint", index["name"] },
                }
            },
            { "verbosity", "queryPlanner" },
        };
        var reply = await commands.TryRunAsync(name.Database, explain, cancellationToken).ConfigureAwait(false);
        return reply is null ? [] : Scans(reply).SelectMany(Arrays);
    }

    private static IEnumerable<string> Arrays(BsonDocument scan) =>
        scan.GetValue("multiKeyPaths", BsonNull.Value) is BsonDocument paths
            ? paths.Where(path => path.Value is BsonArray { Count: > 0 }).Select(path => path.Name)
            : [];

    private static IEnumerable<BsonDocument> Scans(BsonValue plan) =>
        plan switch
        {
            BsonDocument stage when stage.GetValue("stage", "") == "IXSCAN" => [stage],
            BsonDocument other => other.Values.SelectMany(Scans),
            BsonArray list => list.SelectMany(Scans),
            _ => [],
        };
}
