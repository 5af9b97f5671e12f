using Godwit.Contracts.Agents;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Links;

/// <summary>A host's long-lived connection: the host calls, the Hub answers and wakes it.</summary>
internal sealed partial class HostConnection(
    IDbContextFactory<HubDatabase> databases,
    HostExchange exchange,
    ConnectedHosts connected,
    TimeProvider time,
    ILogger<HostConnection> logger
) : Microsoft.AspNetCore.SignalR.Hub
{
    private const string HostItem = "godwit:host";

    public override async Task OnConnectedAsync()
    {
        var http = Context.GetHttpContext() ?? throw new HubException("no HTTP request");
        var database = await databases.CreateDbContextAsync(Context.ConnectionAborted).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            try
            {
                var host = await HostIdentity.FindAsync(http, database, time).ConfigureAwait(false);
                Context.Items[HostItem] = host.Id;
                connected.Add(host.Id, Context);
            }
            catch (Refusal)
            {
                // The host asks why over its other way in, which has words for it.
                Context.Abort();
            }
        }

        await base.OnConnectedAsync().ConfigureAwait(false);
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        if (Context.Items[HostItem] is string hostId)
        {
            connected.Remove(hostId, Context);
        }

        return base.OnDisconnectedAsync(exception);
    }

    /// <summary>Takes what the host knows and answers with what it shall do.</summary>
    [HubMethodName(AgentRoutes.Exchange)]
    public async Task<AgentOrders> ExchangeAsync(AgentReport report)
    {
        var hostId = Context.Items[HostItem] as string ?? throw new HubException("this connection is no host's");
        var address = Context.GetHttpContext()?.Connection.RemoteIpAddress?.ToString() ?? "";
        try
        {
            return await exchange.RunAsync(hostId, address, report, Context.ConnectionAborted).ConfigureAwait(false);
        }
        catch (Exception unforeseen)
            when (unforeseen is not HubException && !Context.ConnectionAborted.IsCancellationRequested)
        {
            LogFailed(logger, hostId, unforeseen);
            throw new HubException("the Hub failed to take this report; its log says why");
        }
    }

    [LoggerMessage(121, LogLevel.Error, "The exchange with host {Host} failed")]
    private static partial void LogFailed(ILogger logger, string host, Exception error);
}
