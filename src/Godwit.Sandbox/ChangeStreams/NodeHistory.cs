using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>A node's oplog and data as a change stream reads them.</summary>
internal sealed class NodeHistory(Node node) : IChangeStreamHistory
{
    private static readonly Namespace PreImages = new("config", "system.preimages");

    /// <inheritdoc/>
    public ClusterTime CommitPoint => node.CommitPoint.Time;

    /// <inheritdoc/>
    public ClusterTime LastApplied => node.LastApplied.Time;

    /// <inheritdoc/>
    public RawDocument? OldestEntry() => node.Oplog.Find(node.Oplog.First);

    /// <inheritdoc/>
    public IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through) =>
        node.Oplog.ReadAfter(from.Previous()).TakeWhile(entry => entry["ts"].AsTimestamp <= through);

    /// <inheritdoc/>
    public RawDocument? FindEntry(ClusterTime time) => node.Oplog.Find(time);

    /// <inheritdoc/>
    public RawDocument? FindCurrent(Namespace ns, RawDocument documentKey) => FindById(ns, documentKey["_id"]);

    /// <inheritdoc/>
    public RawDocument? FindPreImage(Guid collection, ClusterTime time, long index)
    {
        var id = new DocumentBuilder
        {
            { "nsUUID", RawValue.Uuid(collection) },
            { "ts", time },
            { "applyOpsIndex", index },
        };
        return FindById(PreImages, id) is { } image ? image["preImage"].AsDocument : null;
    }

    private RawDocument? FindById(Namespace ns, RawValue id)
    {
        using var view = node.MajorityView();
        return view.Catalog.Find(ns) is { IsView: false } collection
            ? new CollectionReader(view, collection).FindById(id)?.Document
            : null;
    }
}
