using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Mongo.Sharding;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Catalogues;

/// <summary>Lists collections, their options and indexes, bracketed by the cluster's time (S4).</summary>
internal static class CatalogueReader
{
    private const int Parallelism = 8;
    private static readonly string[] HiddenDatabases = ["admin", "local", "config"];

    internal static async Task<Catalogue> ReadAsync(
        CommandChannel channel,
        string? database,
        CancellationToken cancellationToken
    )
    {
        var before = await ReadTimeAsync(channel, cancellationToken).ConfigureAwait(false);
        var databases = database is null
            ? await ListDatabasesAsync(channel, cancellationToken).ConfigureAwait(false)
            : [database];
        var listed = new List<CollectionDescription>();
        foreach (var name in databases)
        {
            listed.AddRange(await ListCollectionsAsync(channel, name, cancellationToken).ConfigureAwait(false));
        }

        var described = await AddIndexesAsync(channel, listed, cancellationToken).ConfigureAwait(false);
        described = await AddShardKeysAsync(channel, database, described, cancellationToken).ConfigureAwait(false);
        var after = await ReadTimeAsync(channel, cancellationToken).ConfigureAwait(false);
        return new(before, after, described);
    }

    /// <summary>One collection or view; <see langword="null"/> if there is none of that name. Without its indexes.</summary>
    internal static async Task<CollectionDescription?> FindAsync(
        CommandChannel channel,
        Namespace name,
        CancellationToken cancellationToken
    )
    {
        RawValue[] names = [name.Collection, SeriesNames.Shown(name).Collection];
        var filter = new DocumentBuilder
        {
            {
                "name",
                new DocumentBuilder { { "$in", RawValue.Array(names) } }
            },
        };
        var found = await ListCollectionsAsync(channel, name.Database, cancellationToken, filter).ConfigureAwait(false);
        return found.FirstOrDefault(one => one.Name == name);
    }

    internal static async Task<ClusterTime> ReadTimeAsync(CommandChannel channel, CancellationToken cancellationToken)
    {
        var ping = new DocumentBuilder { { "ping", 1 } };
        var reply = await channel.AskAsync(Stage.Catalogue, "admin", ping, cancellationToken).ConfigureAwait(false);
        return reply["operationTime"] is { Type: BsonType.Timestamp } time ? time.AsTimestamp : default;
    }

    internal static async Task<IReadOnlyList<string>> ListDatabasesAsync(
        CommandChannel channel,
        CancellationToken cancellationToken
    )
    {
        var command = new DocumentBuilder { { "listDatabases", 1 }, { "nameOnly", true } };
        var reply = await channel.AskAsync(Stage.Catalogue, "admin", command, cancellationToken).ConfigureAwait(false);
        return
        [
            .. reply["databases"]
                .AsDocument.Values()
                .Select(one => one.AsDocument["name"].AsString)
                .Where(name => !HiddenDatabases.Contains(name) && !ReservedNames.IsReserved(name)),
        ];
    }

    private static async Task<IEnumerable<CollectionDescription>> ListCollectionsAsync(
        CommandChannel channel,
        string database,
        CancellationToken cancellationToken,
        DocumentBuilder? filter = null
    )
    {
        var command = new DocumentBuilder { { "listCollections", 1 }, { "cursor", new DocumentBuilder() } };
        if (filter is not null)
        {
            command.Add("filter", filter);
        }

        var entries = await CursorReader
            .ListAsync(channel, Stage.Catalogue, database, command, cancellationToken)
            .ConfigureAwait(false);
        return PairSeries([.. entries.Select(entry => Describe(database, entry))]).Where(one => IsOrdinary(one.Name));
    }

    /// <summary>
    /// Buckets stand for their time-series collection, with its options. One half without the other is being created or dropped: the
    /// event that ends this asks for another listing.
    /// </summary>
    private static IEnumerable<CollectionDescription> PairSeries(List<CollectionDescription> listed)
    {
        var views = listed.Where(one => one.Kind == CollectionKind.TimeSeries).ToDictionary(one => one.Name);
        foreach (var one in listed.Where(one => one.Kind != CollectionKind.TimeSeries))
        {
            if (!SeriesNames.IsBuckets(one.Name))
            {
                yield return one;
            }
            else if (views.TryGetValue(SeriesNames.Shown(one.Name), out var view))
            {
                yield return one with
                {
                    Options = view.Options,
                };
            }
        }
    }

    private static CollectionDescription Describe(string database, RawDocument entry) =>
        new(
            new(database, entry["name"].AsString),
            entry["info"] is { Type: BsonType.Document } info && info.AsDocument.TryGet("uuid", out var uuid)
                ? uuid.AsUuid
                : Guid.Empty,
            entry["type"].AsString switch
            {
                "view" => CollectionKind.View,
                "timeseries" => CollectionKind.TimeSeries,
                _ => CollectionKind.Collection,
            },
            entry["options"] is { Type: BsonType.Document } options ? options.AsDocument : RawDocument.Empty,
            [],
            []
        );

    private static bool IsOrdinary(Namespace name) =>
        !name.Collection.StartsWith("system.", StringComparison.Ordinal)
        || name.Collection == "system.js"
        || SeriesNames.IsBuckets(name);

    private static async Task<IReadOnlyList<CollectionDescription>> AddIndexesAsync(
        CommandChannel channel,
        List<CollectionDescription> listed,
        CancellationToken cancellationToken
    )
    {
        var described = new ConcurrentDictionary<int, CollectionDescription>();
        await Parallel
            .ForEachAsync(
                Enumerable.Range(0, listed.Count),
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (index, token) =>
                {
                    var one = listed[index];
                    if (one.Kind != CollectionKind.Collection)
                    {
                        described[index] = one;
                    }
                    else if (await ListIndexesAsync(channel, one, token).ConfigureAwait(false) is { } complete)
                    {
                        described[index] = complete;
                    }
                }
            )
            .ConfigureAwait(false);
        return [.. described.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    /// <summary>A key is a collection's own only if it is told of the same UUID: one may be dropped or resharded between the two.</summary>
    private static async Task<IReadOnlyList<CollectionDescription>> AddShardKeysAsync(
        CommandChannel channel,
        string? database,
        IReadOnlyList<CollectionDescription> described,
        CancellationToken cancellationToken
    )
    {
        if (!channel.IsRouted)
        {
            return described;
        }

        var sharded = await ShardMap.ReadCollectionsAsync(channel, database, cancellationToken).ConfigureAwait(false);
        return
        [
            .. described.Select(one =>
                sharded.TryGetValue(one.Name.ToString(), out var entry) && entry.Uuid == one.Uuid
                    ? one with
                    {
                        ShardKey = entry.Key,
                        MayRepeatIds = !entry.Key.IsOfIdAlone,
                    }
                    : one
            ),
        ];
    }

    /// <summary>Returns <see langword="null"/> if the collection was dropped or renamed between the two listings.</summary>
    private static async Task<CollectionDescription?> ListIndexesAsync(
        CommandChannel channel,
        CollectionDescription collection,
        CancellationToken cancellationToken
    )
    {
        // Without includeBuildUUIDs an index still being built looks like a finished one (S4).
        var command = new DocumentBuilder
        {
            { "listIndexes", SeriesNames.Shown(collection.Name).Collection },
            { "cursor", new DocumentBuilder() },
            { "includeBuildUUIDs", true },
        };
        try
        {
            var entries = await CursorReader
                .ListAsync(channel, Stage.Catalogue, collection.Name.Database, command, cancellationToken)
                .ConfigureAwait(false);
            return collection with
            {
                Indexes = [.. entries.Where(entry => !entry.Has("buildUUID"))],
                BuildingIndexes =
                [
                    .. entries.Where(entry => entry.Has("buildUUID")).Select(entry => entry["spec"].AsDocument),
                ],
            };
        }
        catch (ClusterException gone) when (gone.Code == ServerCodes.NamespaceNotFound)
        {
            return null;
        }
    }
}
