using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>Indexes that a shard key of the destination needs, whether the source has one like it or not.</summary>
internal static class SupportingIndexes
{
    /// <summary>
    /// The index to make because no index of the collection supports its key; <see langword="null"/> if one does, or it has no key. For
    /// buckets, whose indexes are listed by the fields of measurements, the server makes it (S31).
    /// </summary>
    internal static RawDocument? Missing(CollectionDescription wanted)
    {
        var isPlain = !wanted.Options.Has("collation");
        if (
            wanted.ShardKey is not { } key
            || (isPlain && key.IsOfIdByValue)
            || SeriesNames.IsBuckets(wanted.Name)
            || wanted.Indexes.Any(key.IsSupportedBy)
        )
        {
            return null;
        }

        var names = wanted.Indexes.Select(index => index["name"].AsString).ToHashSet(StringComparer.Ordinal);
        var plain = string.Join(
            '_',
            ((IEnumerable<RawElement>)key.Pattern).Select(field =>
                field.Value.Type == BsonType.String ? $"{field.Name}_hashed" : $"{field.Name}_1"
            )
        );
        return new DocumentBuilder
        {
            { "v", 2 },
            { "key", key.Pattern },
            { "name", names.Contains(plain) ? plain + "_shard" : plain },
            {
                // Keys compare by bytes, whatever the collection's own collation is; to be said only where it has one.
                "collation",
                isPlain
                    ? RawValue.Missing
                    : new DocumentBuilder { { "locale", "simple" } }
            },
        }.Build();
    }

    /// <summary>
    /// Whether an index that only the destination has must stay: its key needs it, since nothing that the source has supports it.
    /// </summary>
    internal static bool IsNeeded(RawDocument index, CollectionDescription source, ShardKey? destination) =>
        AsListed(destination, source) is { } key && key.IsSupportedBy(index) && !source.Indexes.Any(key.IsSupportedBy);

    /// <summary>The key by the names of fields that indexes are listed by.</summary>
    private static ShardKey? AsListed(ShardKey? key, CollectionDescription source) =>
        key is not null && SeriesNames.IsBuckets(source.Name)
            ? key with
            {
                Pattern = SeriesShardKeys.OfMeasurements(key.Pattern, source.Options["timeseries"].AsDocument),
            }
            : key;
}
