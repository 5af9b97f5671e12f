using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>Which members of a set are alive and can talk to each other. Killing, stalling and partitioning change it.</summary>
internal sealed class ReplicaNetwork(int size)
{
    private readonly ReplicaMember?[] members = new ReplicaMember?[size];
    private readonly int[] conversations = new int[size];
    private readonly HashSet<(int, int)> cuts = [];
    private readonly ChangeSignal conversationEnded = new();
    private readonly Lock gate = new();

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

    /// <summary>Restores all connections.</summary>
    internal void Heal()
    {
        lock (gate)
        {
            cuts.Clear();
        }
    }

    /// <summary>
    /// Asks another member something, if it is alive, answers and can be reached; otherwise gives <paramref name="otherwise"/>.
    /// Its data stay open until the question has ended.
    /// </summary>
    internal T Ask<T>(int from, int to, Func<ReplicaMember, T> question, T otherwise)
    {
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
        for (var to = 0; to < size; to++)
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
