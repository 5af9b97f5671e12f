using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>Who a cluster says it is, kept to notice that it is another one or that its history changed (S20).</summary>
/// <param name="ReplicaSetName">Name of the replica set; empty for a sharded cluster.</param>
/// <param name="ReplicaSetId">
/// The <c>settings.replicaSetId</c> of its configuration, or the <c>clusterId</c> of a sharded cluster, as hexadecimal text.
/// </param>
/// <param name="Term">The election term; 0 for a sharded cluster, whose routers tell none.</param>
/// <param name="Version">Server version of the primary or router, such as 8.0.10.</param>
/// <param name="OperationTime">The operation time of the reply.</param>
/// <param name="IsSharded">Whether it is a sharded cluster, seen through its routers.</param>
internal sealed record ClusterIdentity(
    string ReplicaSetName,
    string ReplicaSetId,
    long Term,
    Version Version,
    ClusterTime OperationTime,
    bool IsSharded = false
)
{
    /// <summary>What each shard of a sharded source that could be asked directly says of its own history.</summary>
    internal IReadOnlyList<ShardHistory> Shards { get; init; } = [];
}

/// <summary>A shard's history, which goes back by itself if that shard alone is restored (S20).</summary>
/// <param name="Name">The shard.</param>
/// <param name="ReplicaSetId">The id of its replica set.</param>
/// <param name="Term">Its election term.</param>
internal sealed record ShardHistory(string Name, string ReplicaSetId, long Term);

/// <summary>Internal facilities that were found by trying them, never by version alone; each has a fallback.</summary>
/// <param name="RawUpdateDescription"><c>showRawUpdateDescription</c> gives <c>$v:2</c> diffs (S11).</param>
/// <param name="MigrationEvents"><c>showMigrationEvents</c> shows inserts that are otherwise hidden (S1a).</param>
/// <param name="SplitLargeEvents"><c>$changeStreamSplitLargeEvent</c> is known (S15).</param>
/// <param name="BypassEmptyTimestampReplacement"><c>bypassEmptyTsReplacement</c> is known (S15).</param>
/// <param name="SnapshotReadsOfCapped">Capped collections can be read at a snapshot (8.0, S8).</param>
/// <param name="UserWriteBlock"><c>setUserWriteBlockMode</c> is known, and the user may use it and passes it (S22, S27).</param>
internal sealed record ClusterCapabilities(
    bool RawUpdateDescription,
    bool MigrationEvents,
    bool SplitLargeEvents,
    bool BypassEmptyTimestampReplacement,
    bool SnapshotReadsOfCapped,
    bool UserWriteBlock
)
{
    /// <summary><c>showSystemEvents</c> shows what is written to the buckets of time-series collections (S31).</summary>
    internal bool SystemEvents { get; init; }

    /// <summary><c>$toHashedIndexKey</c> is known, by which events are parted among several streams (S10).</summary>
    internal bool HashedKeys { get; init; }

    /// <summary>As it is kept with the migration: which facilities were there.</summary>
    internal RawDocument ToDocument() =>
        new DocumentBuilder
        {
            { "showRawUpdateDescription", RawUpdateDescription },
            { "showMigrationEvents", MigrationEvents },
            { "$changeStreamSplitLargeEvent", SplitLargeEvents },
            { "bypassEmptyTsReplacement", BypassEmptyTimestampReplacement },
            { "snapshotReadsOfCapped", SnapshotReadsOfCapped },
            { "setUserWriteBlockMode", UserWriteBlock },
            { "showSystemEvents", SystemEvents },
            { "$toHashedIndexKey", HashedKeys },
        }.Build();
}

/// <summary>What an oplog holds.</summary>
/// <param name="Oldest">Time of its oldest entry.</param>
/// <param name="Newest">Time of its newest entry.</param>
/// <param name="Fullness">Share of its size that is used, from 0 to 1; 1 where the server does not tell.</param>
internal readonly record struct OplogWindow(ClusterTime Oldest, ClusterTime Newest, double Fullness)
{
    /// <summary>
    /// How far back it reaches in seconds once it is full, at the write load it has seen so far: nothing is overwritten before.
    /// </summary>
    internal long SpanSeconds => (long)(((long)Newest.Seconds - Oldest.Seconds) / Math.Max(Fullness, 0.01));
}
