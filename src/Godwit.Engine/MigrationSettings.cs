using Godwit.Engine.Changes;
using Godwit.Engine.Copying;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Remote;
using Godwit.Engine.Scoping;

namespace Godwit.Engine;

/// <summary>What a migration is asked to do and the bounds it keeps. Immutable; every value has a default that suits.</summary>
internal sealed record MigrationSettings
{
    /// <summary>Ranges that a host copies at the same time unless it is told otherwise, whether others share the migration or not.</summary>
    internal const int CopiersDefault = 32;

    private static readonly TimeSpan PartAwaitTime = TimeSpan.FromMilliseconds(100);

    /// <summary>Cut over as soon as both sides are in sync and proven equal, without waiting to be asked.</summary>
    internal bool CutoverAutomatic { get; init; }

    /// <summary>Block writes on the source at cutover (S27); otherwise the person has stopped them and late ones are watched for.</summary>
    internal bool BlockSourceWrites { get; init; }

    /// <summary>
    /// A rehearsal: asked for its cutover it ends as it stands at a moment, proven equal there, while the source is written to on (D09, H11).
    /// </summary>
    internal bool IsRehearsal { get; init; }

    /// <summary>Keep others from writing to the destination until the cutover is decided, where that is possible (S22).</summary>
    internal bool BlockDestinationWrites { get; init; } = true;

    /// <summary>How long a cutover waits for open transactions and index builds, and the write block itself may take (S27).</summary>
    internal TimeSpan WriteBlockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The source as the report names it, without secrets.</summary>
    internal string SourceAddress { get; init; } = "";

    /// <summary>The destination as the report names it, without secrets.</summary>
    internal string DestinationAddress { get; init; } = "";

    /// <summary>What may be asked of the source; <see langword="null"/> for what is kept with the migration, or the default (H14).</summary>
    internal ReadLimits? Limits { get; init; }

    /// <summary>Which collections of a replica set are sharded on a sharded destination, and by what; <see langword="null"/> for none.</summary>
    internal ShardingOptions? Sharding { get; init; }

    /// <summary>Which indexes the destination gets; <see langword="null"/> for what is kept with the migration, or all.</summary>
    internal IndexSelection? Indexes { get; init; }

    /// <summary>Which collections are copied in natural order (S8).</summary>
    internal NaturalOrder NaturalOrder { get; init; } = NaturalOrder.None;

    /// <summary>Carry the zones of a sharded source over to a sharded destination (H04).</summary>
    internal bool CarryZones { get; init; }

    /// <summary>Whether it is to be possible to turn it round after the cutover (S29).</summary>
    internal bool IsReversible { get; init; }

    /// <summary>Leave collections alone that are on the destination and not of this migration.</summary>
    internal bool IgnoreExisting { get; init; }

    /// <summary>Which collections are migrated, and under which database names.</summary>
    internal NamespaceScope Scope { get; init; } = NamespaceScope.Everything;

    /// <summary>The person has said that the filter or the mapping is meant to be another one than before.</summary>
    internal bool AcceptFilterChange { get; init; }

    /// <summary>The person has said that the source's history may be another one than before (S20).</summary>
    internal bool AcceptHistoryChange { get; init; }

    /// <summary>Times the source's history may be lost in one run before it stops: a larger oplog is needed then.</summary>
    internal int HistoryLossesMax { get; init; } = 5;

    /// <summary>How often the source's oplog is looked at (D11).</summary>
    internal TimeSpan HistoryWatchEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Lanes that apply changes, each with a session of its own (S9, S17).</summary>
    internal int Lanes { get; init; } = 8;

    /// <summary>Ranges and small collections copied at the same time (S35).</summary>
    internal int Copiers { get; init; } = CopiersDefault;

    /// <summary>Hosts that move ranges for this one; <see langword="null"/> for none.</summary>
    internal IRangeHosts? Hosts { get; init; }

    /// <summary>Hosts that carry change streams for this one; <see langword="null"/> for none.</summary>
    internal IChangeHosts? ChangeHosts { get; init; }

    /// <summary>Ranges that other hosts move at the same time, each with a session of its own: as many as 16 hosts take, eight for each of 64.</summary>
    internal int RemoteCopiers { get; init; } = 512;

    /// <summary>Ranges verified at the same time.</summary>
    internal int Verifiers { get; init; } = 4;

    /// <summary>Size of a range (S5), of all but the largest collections (<see cref="RangeSizes"/>).</summary>
    internal long RangeBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Change events held in memory.</summary>
    internal long EventBytesMax { get; init; } = 192 * 1024 * 1024;

    /// <summary>Events that wait for ranges being copied, held in memory; more go to the spool, or nothing more is routed (S5, S33).</summary>
    internal long WaitingBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Documents that were read again and wait to be written, held in memory (S12).</summary>
    internal long RereadBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Keys that wait to be read again, held in memory, and as much for those that were: beyond it nothing more is routed until some are
    /// read, or it is forgotten when which was read and more are read once more (S12).
    /// </summary>
    internal long DirtyBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Where events go that memory has no room for (S33); <see langword="null"/> for nowhere: then the stream is not read on.</summary>
    internal string? SpoolDirectory { get; init; }

    /// <summary>Bytes the spool may take on disk.</summary>
    internal long SpoolBytesMax { get; init; } = 16L * 1024 * 1024 * 1024;

    /// <summary>Documents being copied held in memory.</summary>
    internal long CopyBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>How often the position is saved (S16).</summary>
    internal TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How far, in seconds of cluster time, lanes may run ahead of the last checkpoint (S16).</summary>
    internal uint CeilingSlackSeconds { get; init; } = 5;

    /// <summary>How long the change stream waits for events; also how soon barriers are met on an idle source.</summary>
    internal TimeSpan ChangeAwaitTime { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Change streams that share the events of the source among them, for a source that writes more than one cursor can bring (S10);
    /// <see langword="null"/> for as many as the rate of its changes needs.
    /// </summary>
    internal int? ChangeStreams { get; init; }

    /// <summary>As many as the rate may ask for: each is a scan of the source's oplog.</summary>
    internal int ChangeStreamsMax { get; init; } = 8;

    /// <summary>How often their number is looked at.</summary>
    internal TimeSpan StreamsWatchEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many there should be, by how many there are and what was seen of them; <see langword="null"/> for <see cref="Changes.StreamChoice"/>.</summary>
    internal Func<int, StreamLoad, int>? StreamChoice { get; init; }

    /// <summary>
    /// How long each of so many streams waits for events: one that has none holds up those that have, until it says how far it is (S10).
    /// </summary>
    internal TimeSpan AwaitTimeOf(int streams) =>
        streams > 1 && ChangeAwaitTime > PartAwaitTime ? PartAwaitTime : ChangeAwaitTime;

    /// <summary>How often both sides are compared once everything is copied.</summary>
    internal TimeSpan VerifyEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How old a snapshot may become before the rest waits for the next barrier (S21); below the server's five minutes.</summary>
    internal TimeSpan SnapshotAgeMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often it is kept beyond this life up to when both sides were found equal (S21).</summary>
    internal TimeSpan KeepProofEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Differences healed before the migration stops (S24).</summary>
    internal int HealingsMax { get; init; } = 100;

    /// <summary>Longest time transient faults are waited out before the migration stops, resumable.</summary>
    internal TimeSpan OutageMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often it is looked whether servers of either side were upgraded.</summary>
    internal TimeSpan ReleaseWatchEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long late writes on the source are watched for after the cutover was decided (S27).</summary>
    internal TimeSpan LateWriteWatch { get; init; } = TimeSpan.FromSeconds(2);
}
