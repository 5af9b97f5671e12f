using Godwit.Bson;
using Godwit.Sandbox.TimeSeries;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Where measurements of a sharded time-series collection go: its buckets are sharded, by their source or by the time they begin
/// (extractBucketsShardKeyFromTimeseriesDoc of collection_routing_info_targeter.cpp).
/// </summary>
internal sealed class SeriesRouting
{
    private readonly BucketOptions options;

    private SeriesRouting(ShardedCollection collection, RawDocument stored)
    {
        Collection = collection;
        options = BucketOptions.FromStored(stored);
    }

    /// <summary>The buckets.</summary>
    internal ShardedCollection Collection { get; }

    /// <summary>Of a name; <see langword="null"/> where it is no sharded time-series collection.</summary>
    internal static SeriesRouting? Of(Router router, Namespace ns) =>
        router.Table.NameOf(ns) is var name
        && name != ns
        && router.Table.Find(name) is { } collection
        && collection.Document["timeseriesFields"] is { Type: BsonType.Document } stored
            ? new(collection, stored.AsDocument)
            : null;

    /// <summary>The shard of a measurement. One without a time goes anywhere: it is refused there.</summary>
    internal string OwnerOf(RawDocument measurement)
    {
        if (measurement[options.TimeField] is not { Type: BsonType.DateTime } time)
        {
            return Collection.Chunks[0].Shard;
        }

        var start = RawValue.DateTime(options.BucketStart(time.AsDateTimeMilliseconds));
        var bucket = new DocumentBuilder
        {
            {
                "control",
                new DocumentBuilder
                {
                    {
                        "min",
                        new DocumentBuilder { { options.TimeField, start } }
                    },
                }
            },
            { "meta", options.MetaField is { } meta ? measurement[meta] : RawValue.Missing },
        };
        return Collection.ChunkOf(Collection.Key.KeyOf(bucket.Build())).Shard;
    }
}
