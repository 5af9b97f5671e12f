using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>
/// Reads from the config servers which state of its placement each collection has. Whatever moves a chunk raises the major version of its
/// collection, and splits and merges do not; whatever moves a database raises the version of the database. Neither ever goes back: a
/// collection that is sharded anew gets another timestamp. That holds since MongoDB 5.0.
/// </summary>
internal static class Placements
{
    /// <summary>A text for each collection, in their order.</summary>
    internal static async Task<IReadOnlyList<string>> ReadAsync(
        CommandChannel channel,
        IReadOnlyList<CollectionAddress> collections,
        CancellationToken cancellationToken
    )
    {
        var databases = await ShardMap
            .FindAsync(channel, "databases", RawDocument.Empty, cancellationToken)
            .ConfigureAwait(false);
        var tracked = await ShardMap
            .FindAsync(channel, "collections", RawDocument.Empty, cancellationToken)
            .ConfigureAwait(false);
        var newest = await ReadNewestAsync(channel, cancellationToken).ConfigureAwait(false);

        var byName = databases.ToDictionary(one => one["_id"].AsString, OfDatabase, StringComparer.Ordinal);
        var byUuid = tracked
            .Where(one => one["uuid"].Type == BsonType.Binary && !one["dropped"].IsTruthy())
            .ToDictionary(
                one => one["uuid"].AsUuid,
                one => OfCollection(one, newest.GetValueOrDefault(one["uuid"].AsUuid))
            );
        return
        [
            .. collections.Select(one =>
                byUuid.GetValueOrDefault(one.Uuid) ?? byName.GetValueOrDefault(one.Name.Database) ?? one.Name.Database
            ),
        ];
    }

    /// <summary>
    /// The newest version among the chunks of each collection. Sorted and grouped as the index on both fields is, so that the server reads
    /// one entry of it for each collection, and not all of its chunks.
    /// </summary>
    private static async Task<Dictionary<Guid, ClusterTime>> ReadNewestAsync(
        CommandChannel channel,
        CancellationToken cancellationToken
    )
    {
        RawValue[] stages =
        [
            new DocumentBuilder
            {
                {
                    "$sort",
                    new DocumentBuilder { { "uuid", -1 }, { "lastmod", -1 } }
                },
            },
            new DocumentBuilder
            {
                {
                    "$group",
                    new DocumentBuilder
                    {
                        { "_id", "$uuid" },
                        {
                            "newest",
                            new DocumentBuilder { { "$first", "$lastmod" } }
                        },
                    }
                },
            },
        ];
        var command = new DocumentBuilder
        {
            { "aggregate", "chunks" },
            { "pipeline", RawValue.Array(stages) },
            {
                "cursor",
                new DocumentBuilder { { "batchSize", CursorReader.BatchCountMax } }
            },
            {
                "readConcern",
                new DocumentBuilder { { "level", "majority" } }
            },
        };
        var found = await CursorReader
            .ListAsync(channel, Stage.Catalogue, ShardMap.Config, command, cancellationToken)
            .ConfigureAwait(false);
        return found
            .Where(one => one["_id"].Type == BsonType.Binary && one["newest"].Type == BsonType.Timestamp)
            .ToDictionary(one => one["_id"].AsUuid, one => one["newest"].AsTimestamp);
    }

    private static string OfCollection(RawDocument collection, ClusterTime newest) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{collection["uuid"].AsUuid:N} {TimeOf(collection)} {newest.Seconds}"
        );

    private static string OfDatabase(RawDocument database) =>
        database["version"] is { Type: BsonType.Document } version
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{database["_id"].AsString} {TimeOf(version.AsDocument)} {version.AsDocument["lastMod"].ToInt64()}"
            )
            : database["_id"].AsString;

    private static ClusterTime TimeOf(RawDocument document) =>
        document["timestamp"] is { Type: BsonType.Timestamp } time ? time.AsTimestamp : ClusterTime.Zero;
}
