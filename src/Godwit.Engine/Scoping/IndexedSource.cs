using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>
/// A source that lists only the indexes the destination is to get. Every decision about indexes is made from listings (S19), so that nothing else of
/// the engine needs to know which are left out.
/// </summary>
internal sealed class IndexedSource(ISourceCluster inner, IndexSelection selection, ShardingOptions? sharding)
    : ForwardedSource(inner)
{
    public override async Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken)
    {
        var all = await base.ListCatalogueAsync(database, cancellationToken);
        return all with { Collections = [.. all.Collections.Select(one => selection.Leave(one, sharding))] };
    }
}
