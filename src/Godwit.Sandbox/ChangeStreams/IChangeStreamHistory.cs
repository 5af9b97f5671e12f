using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>What a change stream reads of its node: the majority-committed oplog, current documents and stored pre-images.</summary>
internal interface IChangeStreamHistory
{
    /// <summary>Time of the newest entry that a majority has: nothing later is shown.</summary>
    ClusterTime CommitPoint { get; }

    /// <summary>Time of the newest operation applied on this node; a new stream starts one tick after it.</summary>
    ClusterTime LastApplied { get; }

    /// <summary>Called before entries from a time on are read: a history that lies elsewhere fetches them.</summary>
    ValueTask PrepareAsync(ClusterTime from, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The oldest entry still in the oplog.</summary>
    RawDocument? OldestEntry();

    /// <summary>Entries between two times, both inclusive, in order.</summary>
    IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through);

    /// <summary>The entry at exactly this time: how the earlier parts of a large transaction are found.</summary>
    RawDocument? FindEntry(ClusterTime time);

    /// <summary>The current majority-committed version of a document (<c>updateLookup</c>).</summary>
    RawDocument? FindCurrent(Namespace ns, RawDocument documentKey);

    /// <summary>The document before the write at this time (<c>config.system.preimages</c>).</summary>
    /// <param name="collection">UUID of its collection.</param>
    /// <param name="time">Time of the oplog entry that carries the write.</param>
    /// <param name="index">Position within an <c>applyOps</c> entry, 0 elsewhere.</param>
    RawDocument? FindPreImage(Guid collection, ClusterTime time, long index);
}
