namespace Godwit.Sandbox.Storage;

/// <summary>How a member keeps its data.</summary>
internal sealed record NodeOptions
{
    /// <summary>Where the files are; <see langword="null"/> for a temporary folder, removed at the end.</summary>
    internal string? DataDirectory { get; init; }

    /// <summary>The member's clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The cluster time, where it is shared with others; <see langword="null"/> for one of its own.</summary>
    internal LogicalClock? Clock { get; init; }

    /// <summary>The replica set it belongs to; <see langword="null"/> for a standalone, which keeps no oplog.</summary>
    internal string? ReplicaSet { get; init; }

    /// <summary>Whether it belongs to a sharded cluster.</summary>
    internal bool IsInCluster { get; init; }

    /// <summary>What lies between the member and its disk.</summary>
    internal Faults.DiskGate? Disk { get; init; }

    /// <summary>The version it says it is.</summary>
    internal Version ServerVersion { get; init; } = new(8, 0, 10);

    /// <summary>Bytes of oplog kept; older entries go.</summary>
    internal long OplogBytesMax { get; init; } = 1L << 30;
}
