using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;

namespace Godwit.Sandbox.Sharding;

/// <summary>The history of a shard in this process, read where it lies.</summary>
internal sealed class LocalHistory(ShardedCluster cluster, LocalServer shard) : ShardHistory
{
    private const int EntriesMax = 1000;

    /// <inheritdoc/>
    public override ClusterTime CommitPoint => Ask(history => history.CommitPoint, ClusterTime.Zero);

    /// <inheritdoc/>
    public override ClusterTime LastApplied =>
        ClusterTime.Max(cluster.Clock.Now, Ask(h => h.LastApplied, ClusterTime.Zero));

    /// <inheritdoc/>
    internal override Task? News => shard.Set.TryFindPrimary()?.Node.Changed.Next;

    /// <inheritdoc/>
    public override RawDocument? OldestEntry() => Ask(history => history.OldestEntry(), null);

    /// <inheritdoc/>
    public override IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through)
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
    public override RawDocument? FindEntry(ClusterTime time) => Ask(history => history.FindEntry(time), null);

    /// <inheritdoc/>
    public override RawDocument? FindCurrent(Namespace ns, RawDocument documentKey)
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
    public override RawDocument? FindPreImage(Guid collection, ClusterTime time, long index) =>
        Ask(history => history.FindPreImage(collection, time, index), null);

    private T Ask<T>(Func<NodeHistory, T> question, T otherwise) =>
        shard.TryReadPrimary(node => question(new(node)), out var answer) ? answer : otherwise;
}
