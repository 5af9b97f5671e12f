using System.Collections.Concurrent;
using Godwit.Contracts.Agents;
using Microsoft.AspNetCore.SignalR;

namespace Godwit.Hub.Links;

/// <summary>The connections that hosts keep open.</summary>
internal sealed class ConnectedHosts(IHubContext<HostConnection> context)
{
    private readonly ConcurrentDictionary<string, HubCallerContext> connections = new(StringComparer.Ordinal);

    internal void Add(string hostId, HubCallerContext connection) => connections[hostId] = connection;

    internal void Remove(string hostId, HubCallerContext connection) =>
        _ = connections.TryRemove(new(hostId, connection));

    internal bool Contain(string hostId) => connections.ContainsKey(hostId);

    /// <summary>Tells a host that its orders have changed. One that is away asks when it is back.</summary>
    internal Task WakeAsync(string hostId, CancellationToken cancellationToken) =>
        connections.TryGetValue(hostId, out var connection)
            ? context.Clients.Client(connection.ConnectionId).SendAsync(AgentRoutes.Wake, cancellationToken)
            : Task.CompletedTask;

    /// <summary>Asks a host for Orleans' dashboard.</summary>
    /// <returns>What it says; <see langword="null"/> if it is away.</returns>
    internal async Task<DashboardAnswer?> AskAsync(
        string hostId,
        DashboardQuestion question,
        CancellationToken cancellationToken
    ) =>
        connections.TryGetValue(hostId, out var connection)
            ? await context
                .Clients.Client(connection.ConnectionId)
                .InvokeAsync<DashboardAnswer>(AgentRoutes.Dashboard, question, cancellationToken)
                .ConfigureAwait(false)
            : null;

    /// <summary>Closes a host's connection.</summary>
    internal void Drop(string hostId)
    {
        if (connections.TryGetValue(hostId, out var connection))
        {
            connection.Abort();
        }
    }
}
