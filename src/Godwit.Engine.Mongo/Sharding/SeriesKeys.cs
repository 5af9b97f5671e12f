using Godwit.Bson;
using Godwit.Engine.Mongo.Catalogues;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Sharding;

/// <summary>
/// Shard keys of time-series collections (S31): listed by the fields of buckets (<c>meta</c>, <c>control.min.t</c>), given by those of
/// measurements.
/// </summary>
internal static class SeriesKeys
{
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

        return SeriesShardKeys.OfMeasurements(pattern, found.Options["timeseries"].AsDocument);
    }
}
