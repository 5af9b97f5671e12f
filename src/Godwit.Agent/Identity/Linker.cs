using System.Security.Authentication;
using System.Text.Json;
using Godwit.Contracts;

namespace Godwit.Agent.Identity;

/// <summary>Links this host to a Hub by a token (A04). Each way a token can be wrong is said by its name.</summary>
internal sealed class Linker(AgentFolder folder, string? hostName)
{
    internal async Task<HubLink> LinkAsync(string text, CancellationToken cancellationToken)
    {
        if (folder.Read<HubLink>(HubLink.File) is { } linked)
        {
            throw new AgentException(
                "ALREADY_LINKED",
                $"This host is linked to {linked.Hub} already.",
                "Remove that link first: godwit agent unlink"
            );
        }

        if (!JoinToken.TryParse(text, out var token))
        {
            throw new AgentException(
                "LINK_TOKEN_MALFORMED",
                "This is no link-token, or not a whole one.",
                "Copy it again, from gwlink1. (or gwhost1.) to its end."
            );
        }

        using var keys = HostKeys.Open(folder);
        var report = HostFacts.Take(folder, keys, hostName);
        try
        {
            var authority = await HubTrust.FetchAuthorityAsync(token, cancellationToken).ConfigureAwait(false);
            using var calls = new HubCalls(token.Hub, authority, null);
            var answer = await calls
                .JoinAsync(new(token.Id, token.Secret, keys.CertificateRequest(), report), cancellationToken)
                .ConfigureAwait(false);
            var link = new HubLink(
                token.Hub,
                authority,
                answer.HostId,
                report.Name,
                answer.OrganizationId,
                answer.ProjectId,
                answer.DestinationOrganizationId,
                answer.DestinationOrganizationName,
                answer.Certificate
            );
            folder.Write(HubLink.File, link);
            return link;
        }
        catch (Exception away) when (away is HttpRequestException or JsonException or TaskCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (away.GetBaseException() is AuthenticationException foreign)
            {
                throw new AgentException(
                    "HUB_NOT_TRUSTED",
                    $"The connection to {token.Hub} is not the Hub's own: {foreign.Message}",
                    HubTrust.ProxyRemedy
                );
            }

            throw new AgentException(
                "HUB_UNREACHABLE",
                $"The Hub at {token.Hub} cannot be reached: {away.InnerException?.Message ?? away.Message}",
                "Check that this host may open connections to that address and port."
            );
        }
    }
}
