using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>The source's catalogue as it is to be on the destination: sharded as the source is, or as a person has said, or not at all.</summary>
internal sealed class WantedCatalogue(
    ISourceCluster source,
    ClusterIdentity there,
    ClusterIdentity here,
    ShardingOptions? sharding,
    bool followsSeries,
    RetryPolicy retry
)
{
    /// <summary>
    /// Whether the source may write a collection anew under another identity without events: resharded, moved, with its database (S1a).
    /// </summary>
    internal bool MayMove => there.IsSharded;

    /// <summary>
    /// A listing is no snapshot: a collection that was just being renamed may be in none of its parts. What is missing counts as gone
    /// only when a second listing lacks it too.
    /// </summary>
    internal async Task<Catalogue> ListAsync(IReadOnlySet<Guid> known, CancellationToken cancellationToken)
    {
        var listing = await ListOnceAsync(cancellationToken);
        var listed = listing.Collections.Select(one => one.Uuid).ToHashSet();
        return known.IsSubsetOf(listed) ? listing : await ListOnceAsync(cancellationToken);
    }

    /// <summary>
    /// A listing without temporary collections: the server fills those in ways that events may not show, then renames them (S1a). Under
    /// their final name they are read at a time after that.
    /// </summary>
    private async Task<Catalogue> ListOnceAsync(CancellationToken cancellationToken)
    {
        var all = await retry.RunAsync(token => source.ListCatalogueAsync(null, token), cancellationToken);
        return !followsSeries && all.Collections.FirstOrDefault(one => SeriesNames.IsBuckets(one.Name)) is { } series
            ? throw new MigrationFailedException(
                "UnsupportedSourceFeature",
                $"{SeriesNames.Shown(series.Name)} is a time-series collection: where the server shows no events of them, these are not migrated.",
                "Leave it out (--exclude-namespaces), or drop it on the source."
            )
            : all with
            {
                Collections = [.. all.Collections.Where(one => !one.Options["temp"].IsTruthy()).Select(AsWanted)],
            };
    }

    private CollectionDescription AsWanted(CollectionDescription one) =>
        !here.IsSharded ? one with { ShardKey = null }
        : there.IsSharded || one.Kind != CollectionKind.Collection ? one
        : one with { ShardKey = sharding?.KeyFor(one) };
}
