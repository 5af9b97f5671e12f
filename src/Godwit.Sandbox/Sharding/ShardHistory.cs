using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// A shard's oplog and data as a change stream of a router reads them, from the primary. While there is none, or it does not answer,
/// nothing is known to be committed, and the stream stands still.
/// </summary>
internal sealed class ShardHistory(ShardedCluster cluster, ShardServer shard) : IChangeStreamHistory
{
    private const int EntriesMax = 1000;

    /// <inheritdoc/>
    public ClusterTime CommitPoint => Ask(history => history.CommitPoint, ClusterTime.Zero);

    /// <inheritdoc/>
    public ClusterTime LastApplied => ClusterTime.Max(cluster.Clock.Now, Ask(h => h.LastApplied, ClusterTime.Zero));

    /// <summary>Raised when the commit point may have moved.</summary>
    internal ChangeSignal? Changed => shard.Set.TryFindPrimary()?.Node.Changed;

    /// <inheritdoc/>
    public RawDocument? OldestEntry() => Ask(history => history.OldestEntry(), null);

    /// <inheritdoc/>
    public IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through)
    {
        while (true)
        {
            var start = from;
            var entries = Ask(history => history.Read(start, through).Take(EntriesMax).ToList(), []);
            foreach (var entry in entries)
            {
                yield return entry;
            }

            if (entries.Count < EntriesMax)
            {
                yield break;
            }

            from = entries[^1]["ts"].AsTimestamp.Next();
        }
    }

    /// <inheritdoc/>
    public RawDocument? FindEntry(ClusterTime time) => Ask(history => history.FindEntry(time), null);

    /// <inheritdoc/>
    public RawDocument? FindCurrent(Namespace ns, RawDocument documentKey)
    {
        var found = Ask(history => history.FindCurrent(ns, documentKey), null);
        return
            found is { } document
            && cluster.Table.Find(ns) is { IsUnsplittable: false } collection
            && !collection.Owns(shard.Name, document, null)
            ? null
            : found;
    }

    /// <inheritdoc/>
    public RawDocument? FindPreImage(Guid collection, ClusterTime time, long index) =>
        Ask(history => history.FindPreImage(collection, time, index), null);

    private T Ask<T>(Func<NodeHistory, T> question, T otherwise) =>
        shard.TryReadPrimary(node => question(new(node)), out var answer) ? answer : otherwise;
}
