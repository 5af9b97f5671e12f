using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>Measures collections and finds bounds of ranges by sampling keys: any bounds are correct, only sizes differ.</summary>
internal static class RangeSplitter
{
    private const int SamplesPerRangeMax = 20;

    // Each is a document looked up at random, and a key sorted in the server's memory.
    private const int SamplesMax = 500_000;

    // Above a twentieth of a collection the server samples by scanning all of it.
    private const int DocumentsPerSampleMin = 25;

    internal static async Task<CollectionSize> MeasureAsync(
        CommandChannel channel,
        CollectionAddress collection,
        CancellationToken cancellationToken
    )
    {
        var stage = new DocumentBuilder
        {
            {
                "$collStats",
                new DocumentBuilder { { "storageStats", new DocumentBuilder() } }
            },
        };
        List<RawDocument> found;
        try
        {
            found = await AggregateAsync(channel, collection, [stage], cancellationToken).ConfigureAwait(false);
        }
        catch (ClusterException gone) when (gone.Code == ServerCodes.NamespaceNotFound)
        {
            // The stage looks the name up once more, after the UUID was checked: dropped or renamed in between.
            throw new ClusterException(gone.Side, gone.Stage, FaultKind.Moved, gone.Message, gone.Code, gone);
        }

        // A router gives one document for each shard.
        return found
            .Select(one => one["storageStats"].AsDocument)
            .Aggregate(
                new CollectionSize(),
                (size, stats) => size.Plus(new(stats["count"].ToInt64() ?? 0, stats["size"].ToInt64() ?? 0))
            );
    }

    internal static async Task<IReadOnlyList<RawValue>> SplitAsync(
        CommandChannel channel,
        CollectionAddress collection,
        long rangeBytes,
        CancellationToken cancellationToken
    )
    {
        var size = await MeasureAsync(channel, collection, cancellationToken).ConfigureAwait(false);
        var ranges = (int)Math.Min(size.Bytes / rangeBytes, size.Documents / 2);
        if (ranges < 2)
        {
            return [];
        }

        var perRange = SamplesPerRange(size.Documents, ranges);
        RawValue[] pipeline =
        [
            new DocumentBuilder
            {
                {
                    "$sample",
                    new DocumentBuilder { { "size", ranges * perRange } }
                },
            },
            new DocumentBuilder
            {
                {
                    "$project",
                    new DocumentBuilder { { "_id", 1 } }
                },
            },
            new DocumentBuilder
            {
                {
                    "$sort",
                    new DocumentBuilder { { "_id", 1 } }
                },
            },
        ];
        var keys = await AggregateAsync(channel, collection, pipeline, cancellationToken).ConfigureAwait(false);
        var bounds = new List<RawValue>();
        for (var i = perRange; i < keys.Count; i += perRange)
        {
            var key = keys[i]["_id"];
            if (bounds.Count == 0 || ValueComparer.Compare(bounds[^1], key) != 0)
            {
                bounds.Add(key);
            }
        }

        return bounds;
    }

    /// <summary>How many keys are drawn for each range: the more there are, the more alike ranges become.</summary>
    internal static int SamplesPerRange(long documents, int ranges) =>
        (int)
            Math.Clamp(
                Math.Min(documents / ranges / DocumentsPerSampleMin, SamplesMax / ranges),
                1,
                SamplesPerRangeMax
            );

    private static Task<List<RawDocument>> AggregateAsync(
        CommandChannel channel,
        CollectionAddress collection,
        IReadOnlyList<RawValue> pipeline,
        CancellationToken cancellationToken
    )
    {
        var command = new DocumentBuilder
        {
            { "aggregate", collection.Name.Collection },
            { "pipeline", RawValue.Array(pipeline) },
            {
                "cursor",
                new DocumentBuilder { { "batchSize", CursorReader.BatchCountMax } }
            },
        };
        if (collection.Uuid != Guid.Empty)
        {
            command.Add("collectionUUID", RawValue.Uuid(collection.Uuid));
        }

        return CursorReader.ListAsync(channel, Stage.Catalogue, collection.Name.Database, command, cancellationToken);
    }
}
