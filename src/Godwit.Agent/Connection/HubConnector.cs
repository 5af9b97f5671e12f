using System.Security.Cryptography.X509Certificates;
using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Agent.Connection;

/// <summary>Opens the one connection of a host to its Hub: outbound, encrypted, by the host's own certificate (A05).</summary>
internal static class HubConnector
{
    /// <param name="link">Where, and who.</param>
    /// <param name="credential">What the host shows.</param>
    /// <param name="wake">Called when orders have changed.</param>
    /// <param name="tell">Answers for Orleans' dashboard.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AgentException">The Hub does not let this host in, and says why.</exception>
    /// <exception cref="HttpRequestException">The Hub is away.</exception>
    internal static async Task<HubConnection> OpenAsync(
        HubLink link,
        X509Certificate2 credential,
        Action wake,
        Func<DashboardQuestion, Task<DashboardAnswer>> tell,
        CancellationToken cancellationToken
    )
    {
        using (var calls = new HubCalls(link.Hub, link.Authority, credential))
        {
            await calls.CheckAsync(cancellationToken).ConfigureAwait(false);
        }

        var connection = new HubConnectionBuilder()
            .WithUrl(
                new Uri(link.Hub, AgentRoutes.Connection),
                HttpTransportType.WebSockets,
                options =>
                {
                    options.SkipNegotiation = true;
                    options.WebSocketConfiguration = socket =>
                    {
                        socket.ClientCertificates.Add(credential);
                        if (HubTrust.Validation(link.Authority) is { } validation)
                        {
                            socket.RemoteCertificateValidationCallback = validation;
                        }
                    };
                }
            )
            .AddJsonProtocol(json => json.PayloadSerializerOptions = ApiJson.Lenient)
            .Build();
        try
        {
            _ = connection.On(AgentRoutes.Wake, wake);
            _ = connection.On(AgentRoutes.Dashboard, tell);
            await connection.StartAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
