using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>
/// Shard keys of time-series collections as people give them, by the fields of measurements, and as their buckets have them (S31).
/// </summary>
internal static class SeriesShardKeys
{
    private const string Meta = "meta";
    private const string EarliestTime = "control.min.";

    /// <summary>
    /// The key of the buckets; <see langword="null"/> if measurements cannot be sharded so: by the field of their source or fields in it,
    /// and by their time behind these, ascending; never unique.
    /// </summary>
    /// <param name="key">By the fields of measurements.</param>
    /// <param name="series">The collection's <c>timeseries</c> options.</param>
    internal static ShardKey? OfBuckets(ShardKey key, RawDocument series)
    {
        var time = series["timeField"].AsString;
        var meta = series["metaField"] is { Type: BsonType.String } field ? field.AsString : null;
        var pattern = new DocumentBuilder();
        var isOver = key.IsUnique;
        foreach (var one in key.Pattern)
        {
            var isTime = one.Name == time;
            if (isOver || (isTime ? one.Type == BsonType.String : !IsOf(one.Name, meta)))
            {
                return null;
            }

            isOver = isTime;
            _ = pattern.Add(isTime ? EarliestTime + time : Meta + one.Name[meta!.Length..], one.Value);
        }

        return new(pattern.Build(), IsUnique: false);
    }

    /// <summary>The key by the fields of measurements, as commands that define it and listings of indexes have it.</summary>
    /// <param name="pattern">The key of the buckets.</param>
    /// <param name="series">The collection's <c>timeseries</c> options.</param>
    internal static RawDocument OfMeasurements(RawDocument pattern, RawDocument series)
    {
        var time = series["timeField"].AsString;
        var key = new DocumentBuilder();
        foreach (var field in pattern)
        {
            var name =
                IsOf(field.Name, Meta) ? series["metaField"].AsString + field.Name[Meta.Length..]
                : field.Name == EarliestTime + time ? time
                : field.Name;
            _ = key.Add(name, field.Value);
        }

        return key.Build();
    }

    private static bool IsOf(string name, string? meta) =>
        meta is not null
        && name.StartsWith(meta, StringComparison.Ordinal)
        && (name.Length == meta.Length || name[meta.Length] == '.');
}
