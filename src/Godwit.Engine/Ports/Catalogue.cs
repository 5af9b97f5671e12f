using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>A collection as commands address it: by name, and by UUID wherever a command takes one (S1).</summary>
/// <param name="Name">The name it is believed to have.</param>
/// <param name="Uuid">Sent as <c>collectionUUID</c>; <see cref="Guid.Empty"/> where it is unknown and must not be sent.</param>
internal readonly record struct CollectionAddress(Namespace Name, Guid Uuid);

/// <summary>What stands under a name in a catalogue.</summary>
internal enum CollectionKind
{
    /// <summary>An ordinary, capped or clustered collection.</summary>
    Collection,

    /// <summary>A view: a name, a namespace it reads and a pipeline; without a UUID.</summary>
    View,

    /// <summary>A time-series collection (the view over its buckets).</summary>
    TimeSeries,
}

/// <summary>One entry of <c>listCollections</c> with its indexes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uuid">Its UUID; <see cref="Guid.Empty"/> for a view.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Options">The <c>options</c> as listed (what <c>create</c> takes).</param>
/// <param name="Indexes">Specifications of finished indexes as listed, <c>_id</c> included.</param>
/// <param name="BuildingIndexes">Specifications of indexes still being built: they may yet be aborted (S4).</param>
internal sealed record CollectionDescription(
    Namespace Name,
    Guid Uuid,
    CollectionKind Kind,
    RawDocument Options,
    IReadOnlyList<RawDocument> Indexes,
    IReadOnlyList<RawDocument> BuildingIndexes
)
{
    internal CollectionAddress Address => new(Name, Uuid);

    /// <summary>How it is sharded; <see langword="null"/> if it is not.</summary>
    internal ShardKey? ShardKey { get; init; }

    /// <summary>Whether nothing keeps two shards from having a document with the same <c>_id</c> each (S3).</summary>
    internal bool MayRepeatIds { get; init; }

    /// <summary>Whether its documents arrive otherwise than they are: changes of them are not applied, the documents are read again.</summary>
    internal bool IsRuled { get; init; }
}

/// <summary>A listing of a catalogue: not a snapshot, but bracketed by the cluster's time before and after it (S4).</summary>
/// <param name="Before">The cluster's operation time before the first listing command.</param>
/// <param name="After">The cluster's operation time after the last one.</param>
/// <param name="Collections">What was listed: everything but <c>admin</c>, <c>local</c>, <c>config</c> and <c>system.*</c> (except <c>system.js</c>).</param>
internal sealed record Catalogue(
    ClusterTime Before,
    ClusterTime After,
    IReadOnlyList<CollectionDescription> Collections
);

/// <summary>Size figures of a collection, for planning and progress only.</summary>
/// <param name="Documents">Number of documents, estimated.</param>
/// <param name="Bytes">Bytes of BSON, estimated.</param>
internal readonly record struct CollectionSize(long Documents, long Bytes)
{
    internal CollectionSize Plus(CollectionSize other) => new(Documents + other.Documents, Bytes + other.Bytes);
}
