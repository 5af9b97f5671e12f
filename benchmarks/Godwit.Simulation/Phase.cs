namespace Godwit.Simulation;

/// <summary>What is done with all ranges.</summary>
public enum Work
{
    /// <summary>Each is read at the source and written at the destination.</summary>
    Copy,

    /// <summary>Each is read on both sides by the leader, and compared.</summary>
    VerifyAlone,

    /// <summary>The same, by all hosts.</summary>
    VerifyShared,
}

/// <summary>How one phase went.</summary>
/// <param name="Seconds">From its begin to its end.</param>
/// <param name="Bytes">Bytes of the ranges that were done.</param>
/// <param name="Repeated">Bytes that were moved for nothing, since a host died or a snapshot was gone.</param>
/// <param name="Expired">Snapshots that were gone before their range was read.</param>
/// <param name="Deaths">Hosts that died.</param>
/// <param name="Source">Share of the time that a shard of the source was at work.</param>
/// <param name="Destination">Share of the time that a shard of the destination was at work.</param>
/// <param name="Hosts">Share of the time that a host was at work.</param>
/// <param name="Gate">Share of the time that something was done under the leader's gate.</param>
public sealed record PhaseResult(
    double Seconds,
    double Bytes,
    double Repeated,
    long Expired,
    int Deaths,
    double Source,
    double Destination,
    double Hosts,
    double Gate
);
