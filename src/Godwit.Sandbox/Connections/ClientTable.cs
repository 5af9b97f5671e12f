using System.Collections.Concurrent;

namespace Godwit.Sandbox.Connections;

/// <summary>The clients connected to a member now, and how many there ever were.</summary>
internal sealed class ClientTable
{
    private readonly ConcurrentDictionary<int, Client> clients = new();
    private int lastId;

    /// <summary>How many there can be at a time.</summary>
    internal const int Max = 50_000;

    private int rejected;

    /// <summary>How many were turned away because there were too many.</summary>
    internal int Rejected => rejected;

    /// <summary>Clients connected now.</summary>
    internal IReadOnlyCollection<Client> Connected => [.. clients.Values];

    /// <summary>Connections made since the start.</summary>
    internal int TotalCreated => lastId;

    /// <summary>The number for a new connection.</summary>
    internal int NextId() => Interlocked.Increment(ref lastId);

    /// <summary>Whether one more is too many; it is counted then.</summary>
    internal bool IsFull(int open, int max)
    {
        if (open < max)
        {
            return false;
        }

        _ = Interlocked.Increment(ref rejected);
        return true;
    }

    internal void Add(Client client) => clients[client.Id] = client;

    internal void Remove(Client client) => clients.TryRemove(client.Id, out _);
}
