using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Faults;

/// <summary>What lies around the members of a set and may fail: the network, disks, clocks.</summary>
/// <param name="count">How many members there are.</param>
/// <param name="time">The right clock.</param>
internal sealed class Surroundings(int count, TimeProvider time)
{
    /// <summary>Who reaches whom in the set.</summary>
    internal ReplicaNetwork Network { get; } = new(count);

    /// <summary>Between each member and its clients.</summary>
    internal IReadOnlyList<TrafficGate> Traffic { get; } =
    [.. Enumerable.Range(0, count).Select(_ => new TrafficGate(time))];

    /// <summary>Between each member and its data.</summary>
    internal IReadOnlyList<DiskGate> Disks { get; } = [.. Enumerable.Range(0, count).Select(_ => new DiskGate(time))];

    /// <summary>Each member's clock.</summary>
    internal IReadOnlyList<SkewedTime> Clocks { get; } =
    [.. Enumerable.Range(0, count).Select(_ => new SkewedTime(time))];

    /// <summary>Makes everything as it should be.</summary>
    internal void Heal()
    {
        Network.Heal();
        for (var i = 0; i < count; i++)
        {
            Traffic[i].Heal();
            (Disks[i].IsFull, Disks[i].Slow) = (false, null);
            Clocks[i].Skew = TimeSpan.Zero;
        }
    }
}
