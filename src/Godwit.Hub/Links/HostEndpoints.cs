using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Links;

/// <summary>What hosts call: joining, renewing, and their connection.</summary>
internal static class HostEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes.MapGet(
            AgentRoutes.Authority,
            (HubAuthority authority) => Results.Text(authority.Pem, "application/x-pem-file")
        );
        _ = routes.MapPost(AgentRoutes.Join, JoinAsync);
        _ = routes.MapPost(AgentRoutes.Renew, RenewAsync);
        _ = routes.MapGet(AgentRoutes.Self, ShowSelfAsync);
        _ = routes.MapGet(AgentRoutes.LinkStatus, ShowLinkAsync);
        _ = routes.MapPost(
            AgentRoutes.HostKeys,
            async (HttpContext http, HubDatabase database, LinkDesk desk, TimeProvider time) =>
            {
                var host = await HostIdentity.FindAsync(http, database, time).ConfigureAwait(false);
                return new Answer(
                    await desk.InviteHostAsync(host, http.Connection.RemoteIpAddress?.ToString(), http.RequestAborted)
                        .ConfigureAwait(false)
                );
            }
        );
        _ = routes.MapPost(
            AgentRoutes.Statistics,
            async (HttpContext http, HubDatabase database, SourceSettings settings, TimeProvider time) =>
            {
                var host = await HostIdentity.FindAsync(http, database, time).ConfigureAwait(false);
                var request = await Body.ReadAsync<StatisticsRequest>(http.Request).ConfigureAwait(false);
                await settings
                    .SetStatisticsAsync(host, http.RemoteAddress(), request, http.RequestAborted)
                    .ConfigureAwait(false);
                return new Answer(request);
            }
        );
        _ = routes.MapHub<HostConnection>(
            AgentRoutes.Connection,
            options => options.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets
        );
    }

    private static async Task<IResult> JoinAsync(HttpContext http, HostJoiner joiner)
    {
        var request = await Body.ReadAsync<JoinRequest>(http.Request).ConfigureAwait(false);
        return new Answer(await joiner.JoinAsync(http, request).ConfigureAwait(false));
    }

    private static async Task<IResult> RenewAsync(
        HttpContext http,
        HubDatabase database,
        HubAuthority authority,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var host = await HostIdentity.FindAsync(http, database, time).ConfigureAwait(false);
        var request = await Body.ReadAsync<RenewRequest>(http.Request).ConfigureAwait(false);
        using var certificate = authority.IssueHost(request.CertificateRequest, host.Id);
        host.FormerThumbprint = HubAuthority.Thumbprint(http.Connection.ClientCertificate!);
        host.Thumbprint = HubAuthority.Thumbprint(certificate);
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(new RenewAnswer(certificate.ExportCertificatePem()));
    }

    /// <summary>A host that was let go, or is of another organisation, is told no more than that its link does not hold.</summary>
    private static async Task<IResult> ShowLinkAsync(
        string orgId,
        HttpContext http,
        HubDatabase database,
        TimeProvider time
    )
    {
        try
        {
            var host = await HostIdentity.FindAsync(http, database, time).ConfigureAwait(false);
            return host.OrganizationId == orgId
                ? new Answer(new LinkStatus(LinkStatus.Synced))
                : throw Refusal.NotFound("organization", orgId);
        }
        catch (Refusal refused) when (refused.Code == HostIdentity.Revoked)
        {
            return new Answer(new LinkStatus(LinkStatus.NotSynced));
        }
    }

    private static async Task<IResult> ShowSelfAsync(HttpContext http, HubDatabase database, TimeProvider time)
    {
        var host = await HostIdentity.FindAsync(http, database, time).ConfigureAwait(false);
        return new Answer(new SelfAnswer(host.Id, host.Name, HubVersion.Text));
    }
}
