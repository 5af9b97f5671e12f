using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// A shard's oplog and data as a change stream of a router reads them, from the primary. While there is none, or it does not answer,
/// nothing more is known to be committed, and the stream stands still.
/// </summary>
internal abstract class ShardHistory : IChangeStreamHistory
{
    /// <inheritdoc/>
    public abstract ClusterTime CommitPoint { get; }

    /// <inheritdoc/>
    public abstract ClusterTime LastApplied { get; }

    /// <summary>Completes when the commit point may have moved; <see langword="null"/> where nobody tells, and it has to be asked for.</summary>
    internal abstract Task? News { get; }

    /// <inheritdoc/>
    public abstract RawDocument? OldestEntry();

    /// <inheritdoc/>
    public abstract IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through);

    /// <inheritdoc/>
    public abstract RawDocument? FindEntry(ClusterTime time);

    /// <inheritdoc/>
    public abstract RawDocument? FindCurrent(Namespace ns, RawDocument documentKey);

    /// <inheritdoc/>
    public abstract RawDocument? FindPreImage(Guid collection, ClusterTime time, long index);

    /// <inheritdoc/>
    public virtual ValueTask PrepareAsync(ClusterTime from, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    /// <summary>The documents that were asked for with the last entries and are not on this shard: another may have them now.</summary>
    internal virtual IReadOnlyList<(Namespace Namespace, RawDocument Key)> Missing => [];

    /// <summary>Fetches documents that another shard does not have any more.</summary>
    internal virtual ValueTask LookUpAsync(
        IReadOnlyList<(Namespace Namespace, RawDocument Key)> keys,
        CancellationToken cancellationToken
    ) => ValueTask.CompletedTask;
}
