using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>listDatabases</c>: those of all shards and of the config servers, with their sizes by shard.</summary>
internal sealed class RoutedListDatabases() : RoutedCommand("listDatabases")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var nameOnly = context.Arguments.BooleanOrNumber("nameOnly") ?? false;
        var matches = Filtering.Of(context.Arguments.Document("filter") ?? RawDocument.Empty);
        var body = CommandBody.With(context.Body, ("filter", RawValue.Missing));
        var servers = router.Cluster.Servers;
        var sizes = new SortedDictionary<string, List<(string Server, long Size)>>(StringComparer.Ordinal);
        foreach (
            var (server, reply) in await Scatter
                .SendAsync(context, servers, body, null, cancellationToken)
                .ConfigureAwait(false)
        )
        {
            foreach (var entry in CommandBody.Own(reply)["databases"].AsDocument.Values().Select(e => e.AsDocument))
            {
                var name = entry["name"].AsString;
                if (IsShown(name, server == router.Cluster.Config))
                {
                    (sizes.TryGetValue(name, out var parts) ? parts : sizes[name] = []).Add(
                        (server.Name, entry["sizeOnDisk"].ToInt64() ?? 0)
                    );
                }
            }
        }

        var databases = sizes.Select(entry => Describe(entry.Key, entry.Value, nameOnly)).Where(matches).ToList();
        var result = new DocumentBuilder { { "databases", RawValue.Array(databases.Select(RawValue.Document)) } };
        if (!nameOnly)
        {
            var total = databases.Sum(database => database["sizeOnDisk"].AsInt64);
            result.Add("totalSize", total).Add("totalSizeMb", total / (1024 * 1024));
        }

        return result.Build();
    }

    private static bool IsShown(string database, bool isConfig) =>
        database switch
        {
            "local" => false,
            "admin" => isConfig,
            _ => true,
        };

    private static RawDocument Describe(string name, List<(string Server, long Size)> parts, bool nameOnly)
    {
        var entry = new DocumentBuilder { { "name", name } };
        if (!nameOnly)
        {
            var shards = parts.Aggregate(new DocumentBuilder(), (all, part) => all.Add(part.Server, part.Size));
            entry.Add("sizeOnDisk", parts.Sum(part => part.Size)).Add("empty", false).Add("shards", shards);
        }

        return entry.Build();
    }
}

/// <summary><c>dbStats</c>: of every shard, and their sums.</summary>
internal sealed class RoutedDatabaseStats() : RoutedCommand("dbStats")
{
    private static readonly string[] Summed =
    [
        "collections",
        "views",
        "objects",
        "avgObjSize",
        "dataSize",
        "storageSize",
        "indexes",
        "indexSize",
        "totalSize",
        "scaleFactor",
        "fsUsedSize",
        "fsTotalSize",
    ];

    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var replies = await Scatter
            .SendAsync(context, router.Cluster.Shards, context.Body, null, cancellationToken)
            .ConfigureAwait(false);
        Scatter.Check(replies);
        var own = replies.ConvertAll(entry => CommandBody.Own(entry.Reply));
        var reply = new DocumentBuilder().AddAll(Scatter.Raw(replies)).Add("db", context.Database);
        foreach (var field in Summed)
        {
            reply.Add(field, Sum(own, field));
        }

        return reply.Build();
    }

    private static RawValue Sum(List<RawDocument> replies, string field)
    {
        var values = replies.Select(reply => reply[field]).Where(value => value.IsNumber).ToList();
        if (values.Count == 0)
        {
            return default;
        }

        if (field == "avgObjSize")
        {
            var objects = replies.Sum(reply => reply["objects"].ToInt64() ?? 0);
            var bytes = replies.Sum(reply => Number(reply["dataSize"]));
            return objects == 0 ? 0.0 : bytes / objects;
        }

        return field == "scaleFactor" ? values[0]
            : values[0].Type == BsonType.Double ? values.Sum(Number)
            : RawValue.Narrow(values.Sum(value => value.ToInt64() ?? 0));
    }

    private static double Number(RawValue value) =>
        value.Type == BsonType.Double ? value.AsDouble : value.ToInt64() ?? 0;
}

/// <summary><c>collStats</c>: of every shard with a part of the collection, and their sums.</summary>
internal sealed class RoutedCollectionStats() : RoutedCommand("collStats")
{
    private static readonly string[] Summed = ["count", "size", "storageSize", "totalIndexSize", "totalSize"];

    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        var replies = await Scatter
            .SendAsync(context, ScatterTargets.Of(router, ns), context.Body, null, cancellationToken)
            .ConfigureAwait(false);
        Scatter.Check(replies);
        var own = replies.ConvertAll(entry => CommandBody.Own(entry.Reply));
        var table = router.Table.Find(router.Table.NameOf(ns)) is { IsUnsplittable: false } collection
            ? collection
            : null;
        var reply = new DocumentBuilder().Add("sharded", table is not null).Add("capped", own[0]["capped"]);
        foreach (var element in own[0].Where(element => element.Name is "wiredTiger" or "indexDetails"))
        {
            reply.Add(element);
        }

        reply.Add("ns", ns.ToString()).Add("indexSizes", IndexSizes(own));
        foreach (var field in Summed)
        {
            reply.Add(field, RawValue.Narrow(own.Sum(part => part[field].ToInt64() ?? 0)));
        }

        var shards = new DocumentBuilder();
        foreach (var (shard, part) in replies)
        {
            shards.Add(shard.Name, CommandBody.Own(part));
        }

        return reply
            .Add("nindexes", own[0]["nindexes"])
            .Add("nchunks", table?.Chunks.Count ?? 1)
            .Add("shards", shards)
            .Build();
    }

    private static DocumentBuilder IndexSizes(List<RawDocument> parts)
    {
        var sizes = new DocumentBuilder();
        foreach (var name in parts.SelectMany(part => Sizes(part).Select(e => e.Name)).Distinct(StringComparer.Ordinal))
        {
            sizes.Add(name, RawValue.Narrow(parts.Sum(part => Sizes(part)[name].ToInt64() ?? 0)));
        }

        return sizes;
    }

    private static RawDocument Sizes(RawDocument part) =>
        part["indexSizes"] is { Type: BsonType.Document } sizes ? sizes.AsDocument : RawDocument.Empty;
}
