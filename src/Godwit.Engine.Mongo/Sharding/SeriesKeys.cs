using Godwit.Bson;
using Godwit.Engine.Mongo.Catalogues;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>
/// Shard keys of time-series collections (S31): listed by the fields of buckets (<c>meta</c>, <c>control.min.t</c>), given by those of
/// measurements.
/// </summary>
internal static class SeriesKeys
{
    private const string Meta = "meta";
    private const string EarliestTime = "control.min.";

    /// <summary>The key as commands that define it take it; of what is no time-series collection it is the same.</summary>
    internal static async Task<RawDocument> ToDefineAsync(
        CommandChannel channel,
        Namespace name,
        RawDocument pattern,
        CancellationToken cancellationToken
    )
    {
        if (
            !SeriesNames.IsBuckets(name)
            || await CatalogueReader.FindAsync(channel, name, cancellationToken).ConfigureAwait(false) is not { } found
        )
        {
            return pattern;
        }

        var series = found.Options["timeseries"].AsDocument;
        var key = new DocumentBuilder();
        foreach (var field in pattern)
        {
            _ = key.Add(FieldOf(field.Name, series), field.Value);
        }

        return key.Build();
    }

    private static string FieldOf(string name, RawDocument series) =>
        name == Meta || name.StartsWith(Meta + ".", StringComparison.Ordinal)
            ? series["metaField"].AsString + name[Meta.Length..]
        : name == EarliestTime + series["timeField"].AsString ? series["timeField"].AsString
        : name;
}
