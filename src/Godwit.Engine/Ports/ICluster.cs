using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>
/// What the engine needs of either cluster. Every failure is a <see cref="Faults.ClusterException"/>; implementations do not retry
/// except within one command as retryable reads and writes do, and never change what they were asked for.
/// </summary>
internal interface ICluster : IAsyncDisposable
{
    /// <summary>Says who the cluster is and what time it has.</summary>
    Task<ClusterIdentity> IdentifyAsync(CancellationToken cancellationToken);

    /// <summary>Tries out internal facilities.</summary>
    Task<ClusterCapabilities> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Lists collections, options and indexes of one database, or of all but the server's and the reserved one.</summary>
    Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken);

    /// <summary>Estimates the size of a collection.</summary>
    Task<CollectionSize> MeasureAsync(CollectionAddress collection, CancellationToken cancellationToken);

    /// <summary>
    /// Splits a collection into ranges of about <paramref name="rangeBytes"/>: the inner bounds, ascending as index keys, none twice.
    /// An estimate: any answer is correct, only sizes differ.
    /// </summary>
    Task<IReadOnlyList<RawValue>> SplitAsync(
        CollectionAddress collection,
        long rangeBytes,
        CancellationToken cancellationToken
    );

    /// <summary>Reads a range at a snapshot, batch by batch, each as large as the server gives, none empty.</summary>
    IAsyncEnumerable<DocumentBatch> ReadRangeAsync(RangeRead read, CancellationToken cancellationToken);

    /// <summary>Reads documents by <c>_id</c> at a snapshot.</summary>
    Task<DocumentBatch> ReadDocumentsAsync(KeyRead read, CancellationToken cancellationToken);

    /// <summary>Opens a change stream over the whole cluster; of the reserved database nothing is shown.</summary>
    Task<IChangeStream> OpenChangesAsync(ChangeStreamRequest request, CancellationToken cancellationToken);

    /// <summary>Writes a no-op with majority: moves the clock past everything before it. Returns its time (S28, S34).</summary>
    Task<ClusterTime> AppendNoteAsync(string text, CancellationToken cancellationToken);

    /// <summary>
    /// Blocks or releases user writes. A block that is not in force within <paramref name="timeout"/> is a transient fault and leaves
    /// nothing blocked (S27).
    /// </summary>
    Task SetWriteBlockAsync(bool block, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Whether a balancer moves chunks; a replica set has none.</summary>
    Task<bool> IsBalancerOnAsync(CancellationToken cancellationToken);

    /// <summary>Switches a sharded cluster's balancer; once it is off, nothing it began still moves.</summary>
    Task SwitchBalancerAsync(bool isOn, CancellationToken cancellationToken);

    /// <summary>The zones of a sharded cluster; none of a replica set.</summary>
    Task<ZoneMap> ReadZonesAsync(CancellationToken cancellationToken);
}
