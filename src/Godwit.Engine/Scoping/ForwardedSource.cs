using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>A source that is asked through another view of it.</summary>
internal abstract class ForwardedSource(ISourceCluster inner) : ForwardedCluster(inner), ISourceCluster
{
    public override Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken) =>
        inner.ListCatalogueAsync(database, cancellationToken);

    public override Task<ZoneMap> ReadZonesAsync(CancellationToken cancellationToken) =>
        inner.ReadZonesAsync(cancellationToken);

    public Task<IReadOnlyList<ShardHistory>> ReadShardHistoriesAsync(CancellationToken cancellationToken) =>
        inner.ReadShardHistoriesAsync(cancellationToken);

    public Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken) =>
        inner.ReadOplogWindowAsync(cancellationToken);

    public Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken) =>
        inner.ListBlockObstaclesAsync(cancellationToken);

    public Task<IReadOnlyList<string>> NameWritersAsync(
        IReadOnlyCollection<ClusterTime> times,
        CancellationToken cancellationToken
    ) => inner.NameWritersAsync(times, cancellationToken);

    public Task<IReadOnlyList<RawDocument>> ReadKeyBoundsAsync(
        CollectionAddress collection,
        ShardKey key,
        CancellationToken cancellationToken
    ) => inner.ReadKeyBoundsAsync(collection, key, cancellationToken);
}
