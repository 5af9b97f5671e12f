using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Faults;

/// <summary>What lies around the members of a set and may fail: the network, disks, clocks.</summary>
/// <param name="hosts">The addresses of all processes.</param>
/// <param name="time">The right clock.</param>
internal sealed class Surroundings(IReadOnlyList<string> hosts, TimeProvider time)
{
    /// <summary>Who reaches whom in the set.</summary>
    internal ReplicaNetwork Network { get; } = new(hosts);

    /// <summary>Between each member and its clients.</summary>
    internal IReadOnlyList<TrafficGate> Traffic { get; } = [.. hosts.Select(_ => new TrafficGate(time))];

    /// <summary>Between each member and its data.</summary>
    internal IReadOnlyList<DiskGate> Disks { get; } = [.. hosts.Select(_ => new DiskGate(time))];

    /// <summary>Each member's clock.</summary>
    internal IReadOnlyList<SkewedTime> Clocks { get; } = [.. hosts.Select(_ => new SkewedTime(time))];

    /// <summary>Makes everything as it should be.</summary>
    internal void Heal()
    {
        Network.Heal();
        for (var i = 0; i < hosts.Count; i++)
        {
            Traffic[i].Heal();
            (Disks[i].IsFull, Disks[i].Slow) = (false, null);
            Clocks[i].Skew = TimeSpan.Zero;
        }
    }
}
