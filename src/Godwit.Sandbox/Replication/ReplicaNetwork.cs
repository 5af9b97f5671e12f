namespace Godwit.Sandbox.Replication;

/// <summary>Which members of a set are alive and can talk to each other. Killing, stalling and partitioning change it.</summary>
internal sealed class ReplicaNetwork(int size)
{
    private readonly ReplicaMember?[] members = new ReplicaMember?[size];
    private readonly HashSet<(int, int)> cuts = [];
    private readonly Lock gate = new();

    /// <summary>Puts a member's running process in its place; <see langword="null"/> when it died.</summary>
    internal void Set(int index, ReplicaMember? member)
    {
        lock (gate)
        {
            members[index] = member;
        }
    }

    /// <summary>Cuts or restores the connection between two members.</summary>
    internal void SetCut(int one, int other, bool isCut)
    {
        lock (gate)
        {
            _ = isCut ? cuts.Add(Key(one, other)) : cuts.Remove(Key(one, other));
        }
    }

    /// <summary>Restores all connections.</summary>
    internal void Heal()
    {
        lock (gate)
        {
            cuts.Clear();
        }
    }

    /// <summary>The other member, if it is alive, answers and can be reached.</summary>
    internal ReplicaMember? Reach(int from, int to)
    {
        lock (gate)
        {
            return cuts.Contains(Key(from, to)) || members[to] is not { IsStalled: false } member ? null : member;
        }
    }

    private static (int, int) Key(int one, int other) => (Math.Min(one, other), Math.Max(one, other));
}
