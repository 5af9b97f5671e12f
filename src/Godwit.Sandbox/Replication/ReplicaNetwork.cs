using Godwit.Sandbox.Faults;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>Which members of a set are alive and can talk to each other. Killing, stalling and partitioning change it.</summary>
/// <param name="hosts">The addresses of all processes, members or not yet: a process is known by its place here, its slot.</param>
internal sealed class ReplicaNetwork(IReadOnlyList<string> hosts)
{
    private readonly ReplicaMember?[] members = new ReplicaMember?[hosts.Count];
    private readonly int[] conversations = new int[hosts.Count];
    private readonly HashSet<(int, int)> cuts = [];
    private readonly Dictionary<(int, int), Slowness> slow = [];
    private readonly ChangeSignal conversationEnded = new();
    private readonly Lock gate = new();

    /// <summary>How many processes there are.</summary>
    internal int Size => hosts.Count;

    /// <summary>The address of a process.</summary>
    internal string HostOf(int slot) => hosts[slot];

    /// <summary>The process at an address; −1 if none of the Sandbox is there.</summary>
    internal int SlotOf(string host)
    {
        for (var slot = 0; slot < hosts.Count; slot++)
        {
            if (hosts[slot] == host)
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>Puts a member's running process in its place.</summary>
    internal void Join(int index, ReplicaMember member)
    {
        lock (gate)
        {
            members[index] = member;
        }
    }

    /// <summary>Takes a dying member out; completes when no other member still reads its data.</summary>
    internal Task LeaveAsync(int index)
    {
        lock (gate)
        {
            members[index] = null;
        }

        return conversationEnded.WaitAsync(() => Volatile.Read(ref conversations[index]) == 0, CancellationToken.None);
    }

    /// <summary>Cuts or restores what one member asks of another and, unless one way only, what that asks of it.</summary>
    internal void SetCut(int one, int other, bool isCut, bool isOneWay)
    {
        lock (gate)
        {
            _ = isCut ? cuts.Add((one, other)) : cuts.Remove((one, other));
            if (!isOneWay)
            {
                _ = isCut ? cuts.Add((other, one)) : cuts.Remove((other, one));
            }
        }
    }

    /// <summary>Says how long messages between two members take, each way; <see langword="null"/> for no time.</summary>
    internal void SetSlow(int one, int other, Slowness? slowness)
    {
        var pair = (Math.Min(one, other), Math.Max(one, other));
        lock (gate)
        {
            if (slowness is null)
            {
                _ = slow.Remove(pair);
            }
            else
            {
                slow[pair] = slowness;
            }
        }
    }

    /// <summary>Waits as long as a question to a member and its answer are on their way.</summary>
    internal ValueTask TravelAsync(int from, int to, TimeProvider time, CancellationToken cancellationToken)
    {
        Slowness? slowness;
        lock (gate)
        {
            slowness = slow.GetValueOrDefault((Math.Min(from, to), Math.Max(from, to)));
        }

        return slowness is null
            ? ValueTask.CompletedTask
            : new(Task.Delay(slowness.Next() + slowness.Next(), time, cancellationToken));
    }

    /// <summary>Restores all connections.</summary>
    internal void Heal()
    {
        lock (gate)
        {
            cuts.Clear();
            slow.Clear();
        }
    }

    /// <summary>
    /// Asks another member something, if it is alive, answers and can be reached; otherwise gives <paramref name="otherwise"/>.
    /// Its data stay open until the question has ended.
    /// </summary>
    internal T Ask<T>(int from, int to, Func<ReplicaMember, T> question, T otherwise)
    {
        if (to < 0)
        {
            return otherwise;
        }

        if (Begin(from, to) is not { } member)
        {
            return otherwise;
        }

        try
        {
            return question(member);
        }
        finally
        {
            End(to);
        }
    }

    /// <summary>Asks something whose answer takes its time.</summary>
    internal async ValueTask<T> AskAsync<T>(int from, int to, Func<ReplicaMember, ValueTask<T>> question, T otherwise)
    {
        if (Begin(from, to) is not { } member)
        {
            return otherwise;
        }

        try
        {
            return await question(member).ConfigureAwait(false);
        }
        finally
        {
            End(to);
        }
    }

    /// <summary>Tells something to all other members that can be reached.</summary>
    internal void TellOthers(int from, Action<ReplicaMember> news)
    {
        for (var to = 0; to < hosts.Count; to++)
        {
            if (to != from && Begin(from, to) is { } member)
            {
                news(member);
                End(to);
            }
        }
    }

    private ReplicaMember? Begin(int from, int to)
    {
        lock (gate)
        {
            if (cuts.Contains((from, to)) || members[to] is not { IsStalled: false } member)
            {
                return null;
            }

            _ = Interlocked.Increment(ref conversations[to]);
            return member;
        }
    }

    private void End(int to)
    {
        _ = Interlocked.Decrement(ref conversations[to]);
        conversationEnded.Raise();
    }
}
