using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>
/// A source of which only what the filter leaves is listed. Since every decision about collections is made from listings (S19), nothing
/// else of the engine needs to know of the filter but the routing of events of collections that nobody follows.
/// </summary>
internal sealed class ScopedSource(ISourceCluster inner, NamespaceScope scope) : ForwardedSource(inner)
{
    public override async Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken)
    {
        var all = await base.ListCatalogueAsync(database, cancellationToken);
        List<CollectionDescription> wanted = [.. all.Collections.Where(one => scope.Includes(one.Name))];
        return scope.Collisions(wanted.Select(one => one.Name)).FirstOrDefault() is { } taken
            ? throw new MigrationFailedException(
                "NamespaceConflict",
                $"The source has a database {taken}, and another one is mapped to that name.",
                "Leave one of them out (--exclude-namespaces), or map it to another name."
            )
            : all with
            {
                Collections = wanted,
            };
    }

    public override async Task<ZoneMap> ReadZonesAsync(CancellationToken cancellationToken)
    {
        var all = await base.ReadZonesAsync(cancellationToken);
        return all with { Ranges = [.. all.Ranges.Where(one => scope.Includes(one.Collection))] };
    }
}
