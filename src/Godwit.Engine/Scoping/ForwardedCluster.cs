using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>A cluster that is asked through another view of it: what has nothing to do with names goes on as it came.</summary>
internal abstract class ForwardedCluster(ICluster inner) : ICluster
{
    public Task<ClusterIdentity> IdentifyAsync(CancellationToken cancellationToken) =>
        inner.IdentifyAsync(cancellationToken);

    public Task<ClusterCapabilities> ProbeAsync(CancellationToken cancellationToken) =>
        inner.ProbeAsync(cancellationToken);

    public abstract Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken);

    public virtual Task<CollectionSize> MeasureAsync(
        CollectionAddress collection,
        CancellationToken cancellationToken
    ) => inner.MeasureAsync(collection, cancellationToken);

    public virtual Task<IReadOnlyList<RawValue>> SplitAsync(
        CollectionAddress collection,
        long rangeBytes,
        CancellationToken cancellationToken
    ) => inner.SplitAsync(collection, rangeBytes, cancellationToken);

    public virtual IAsyncEnumerable<DocumentBatch> ReadRangeAsync(
        RangeRead read,
        CancellationToken cancellationToken
    ) => inner.ReadRangeAsync(read, cancellationToken);

    public virtual Task<DocumentBatch> ReadDocumentsAsync(KeyRead read, CancellationToken cancellationToken) =>
        inner.ReadDocumentsAsync(read, cancellationToken);

    public Task<IChangeStream> OpenChangesAsync(ChangeStreamRequest request, CancellationToken cancellationToken) =>
        inner.OpenChangesAsync(request, cancellationToken);

    public Task<ClusterTime> AppendNoteAsync(string text, CancellationToken cancellationToken) =>
        inner.AppendNoteAsync(text, cancellationToken);

    public Task SetWriteBlockAsync(bool block, TimeSpan timeout, CancellationToken cancellationToken) =>
        inner.SetWriteBlockAsync(block, timeout, cancellationToken);

    public Task<bool> IsBalancerOnAsync(CancellationToken cancellationToken) =>
        inner.IsBalancerOnAsync(cancellationToken);

    public Task SwitchBalancerAsync(bool isOn, CancellationToken cancellationToken) =>
        inner.SwitchBalancerAsync(isOn, cancellationToken);

    public abstract Task<ZoneMap> ReadZonesAsync(CancellationToken cancellationToken);

    /// <summary>Whoever opened the cluster closes it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
