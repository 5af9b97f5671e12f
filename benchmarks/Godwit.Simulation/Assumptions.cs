namespace Godwit.Simulation;

/// <summary>What is not measured but assumed: clusters and hosts of a size that people have.</summary>
public sealed record Assumptions
{
    /// <summary>Bytes a second that a shard of the source gives.</summary>
    public double ShardRead { get; init; } = 200e6;

    /// <summary>Bytes a second that a shard of the destination takes, by majority.</summary>
    public double ShardWrite { get; init; } = 100e6;

    /// <summary>Bytes a second of a host's network, each way.</summary>
    public double HostNetwork { get; init; } = 1.25e9;

    public int HostCores { get; init; } = 8;

    /// <summary>Ranges that a host moves at once, as far as the leader gives out as many; the leader as many as it would alone.</summary>
    public int RangesPerHost { get; init; } = 32;

    public int RangesOfLeader { get; init; } = 32;

    /// <summary>Ranges that the leader compares at once by itself.</summary>
    public int VerifiersOfLeader { get; init; } = 4;

    public double DocumentBytes { get; init; } = 1_000;

    /// <summary>Bytes of a batch: one read, one write and one note each.</summary>
    public double BatchBytes { get; init; } = 4e6;

    public double RoundTrip { get; init; } = 0.005;

    /// <summary>CPU seconds of a call between hosts at the one that is called, beside what it is about.</summary>
    public double HostCall { get; init; } = 50e-6;

    /// <summary>Seconds a shard takes to look up one document at random.</summary>
    public double Sample { get; init; } = 0.0005;

    /// <summary>Seconds a snapshot lasts.</summary>
    public double Snapshot { get; init; } = 300;

    /// <summary>Changes a second on each shard of the source.</summary>
    public double ChangesPerShard { get; init; } = 1_000;

    /// <summary>Change streams that are read at most: one a host, as far as they go.</summary>
    public int Streams { get; init; } = 16;

    /// <summary>Seconds between two deaths of one host.</summary>
    public double HostLives { get; init; } = 30 * 86_400.0;

    /// <summary>Seconds until somebody has started it again.</summary>
    public double HostAway { get; init; } = 600;

    /// <summary>Seconds until the others know that a host is dead; the leader's place is taken in twice that.</summary>
    public double Silence { get; init; } = 10;
}
