using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>Reads from the config servers, through a router, how a cluster is laid out.</summary>
internal static class ShardMap
{
    internal const string Config = "config";

    /// <summary>The <c>clusterId</c>, which every router of the cluster gives, as hexadecimal text; empty if it may not be read.</summary>
    internal static async Task<string> ReadClusterIdAsync(CommandChannel channel, CancellationToken cancellationToken)
    {
        var found = await FindAsync(channel, "version", RawDocument.Empty, cancellationToken).ConfigureAwait(false);
        return found.FirstOrDefault(one => one["clusterId"].Type == BsonType.ObjectId) is { IsEmpty: false } version
            ? Convert.ToHexStringLower(version["clusterId"].Bytes.Span)
            : "";
    }

    /// <summary>The shards: name, and set name with members.</summary>
    internal static async Task<IReadOnlyList<ShardEntry>> ReadShardsAsync(
        CommandChannel channel,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(channel, "shards", RawDocument.Empty, cancellationToken).ConfigureAwait(false);
        return
        [
            .. found
                .Select(one => new ShardEntry(one["_id"].AsString, one["host"].AsString, one["draining"].IsTruthy())
                {
                    Zones = one["tags"] is { Type: BsonType.Array } zones
                        ? [.. zones.AsDocument.Values().Select(zone => zone.AsString)]
                        : [],
                })
                .OrderBy(one => one.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Which keys belong to which zone.</summary>
    internal static async Task<IReadOnlyList<ZoneRange>> ReadZoneRangesAsync(
        CommandChannel channel,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(channel, "tags", RawDocument.Empty, cancellationToken).ConfigureAwait(false);
        return
        [
            .. found.Select(one => new ZoneRange(
                Namespace.Parse(one["ns"].AsString),
                one["min"].AsDocument,
                one["max"].AsDocument,
                one["tag"].AsString
            )),
        ];
    }

    /// <summary>The primary shard of each database that users made.</summary>
    internal static async Task<IReadOnlyDictionary<string, string>> ReadPrimariesAsync(
        CommandChannel channel,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(channel, "databases", RawDocument.Empty, cancellationToken).ConfigureAwait(false);
        return found
            .Where(one => one["_id"] != "config" && !ReservedNames.IsReserved(one["_id"].AsString))
            .ToDictionary(one => one["_id"].AsString, one => one["primary"].AsString, StringComparer.Ordinal);
    }

    /// <summary>The sharded collections of the cluster, or of one database, by name.</summary>
    internal static async Task<IReadOnlyDictionary<string, ShardedEntry>> ReadCollectionsAsync(
        CommandChannel channel,
        string? database,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(channel, "collections", RawDocument.Empty, cancellationToken).ConfigureAwait(false);
        return found
            .Where(one => !one["unsplittable"].IsTruthy() && !one["dropped"].IsTruthy())
            .Where(one => database is null || Namespace.Parse(one["_id"].AsString).Database == database)
            .ToDictionary(
                one => one["_id"].AsString,
                one => new ShardedEntry(one["uuid"].AsUuid, new(one["key"].AsDocument, one["unique"].IsTruthy())),
                StringComparer.Ordinal
            );
    }

    /// <summary>A collection's chunks in the order of its key.</summary>
    internal static async Task<IReadOnlyList<ChunkEntry>> ReadChunksAsync(
        CommandChannel channel,
        Guid collection,
        CancellationToken cancellationToken
    )
    {
        var filter = new DocumentBuilder { { "uuid", RawValue.Uuid(collection) } }.Build();
        var found = await FindAsync(channel, "chunks", filter, cancellationToken, new() { { "min", 1 } })
            .ConfigureAwait(false);
        return [.. found.Select(one => new ChunkEntry(one["min"].AsDocument, one["shard"].AsString))];
    }

    /// <summary>Documents of a collection of the config servers, with majority.</summary>
    internal static Task<List<RawDocument>> FindAsync(
        CommandChannel channel,
        string collection,
        RawDocument filter,
        CancellationToken cancellationToken,
        DocumentBuilder? sort = null
    )
    {
        var find = new DocumentBuilder
        {
            { "find", collection },
            { "filter", filter },
            { "batchSize", CursorReader.BatchCountMax },
            {
                "readConcern",
                new DocumentBuilder { { "level", "majority" } }
            },
        };
        if (sort is not null)
        {
            find.Add("sort", sort);
        }

        return CursorReader.ListAsync(channel, Stage.Catalogue, Config, find, cancellationToken);
    }
}

/// <summary>A shard: its name, its replica set as <c>set/host,host</c>, whether it is being taken out of the cluster.</summary>
internal sealed record ShardEntry(string Name, string Hosts, bool IsDraining)
{
    /// <summary>The zones it is in.</summary>
    internal IReadOnlyList<string> Zones { get; init; } = [];
}

/// <summary>A sharded collection.</summary>
internal sealed record ShardedEntry(Guid Uuid, ShardKey Key);

/// <summary>A chunk: the key it begins with, and where it is.</summary>
internal sealed record ChunkEntry(RawDocument Minimum, string Shard);
