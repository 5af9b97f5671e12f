using System.Collections.Concurrent;

namespace Godwit.Sandbox.Connections;

/// <summary>The clients connected to a member now, and how many there ever were.</summary>
internal sealed class ClientTable
{
    private readonly ConcurrentDictionary<int, Client> clients = new();
    private int lastId;

    /// <summary>Clients connected now.</summary>
    internal IReadOnlyCollection<Client> Connected => [.. clients.Values];

    /// <summary>Connections made since the start.</summary>
    internal int TotalCreated => lastId;

    /// <summary>The number for a new connection.</summary>
    internal int NextId() => Interlocked.Increment(ref lastId);

    internal void Add(Client client) => clients[client.Id] = client;

    internal void Remove(Client client) => clients.TryRemove(client.Id, out _);
}
