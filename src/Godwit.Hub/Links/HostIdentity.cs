using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>Knows a host by the certificate of its connection: TLS has proven that it holds the key.</summary>
internal static class HostIdentity
{
    internal const string Revoked = "LINK_REVOKED";

    /// <exception cref="Refusal">There is no certificate, it is not known, it has lapsed, or the host was let go.</exception>
    internal static async Task<MigrationHost> FindAsync(HttpContext http, HubDatabase database, TimeProvider time)
    {
        var shown =
            http.Connection.ClientCertificate
            ?? throw new Refusal(
                StatusCodes.Status401Unauthorized,
                "HOST_CERTIFICATE_MISSING",
                "Hosts show the certificate they got when they were linked, and this connection brought none. The likely cause is a proxy on the way that opens encrypted connections: exempt the Hub's address from inspection."
            );
        var thumbprint = HubAuthority.Thumbprint(shown);
        var host =
            await database
                .Hosts.FirstOrDefaultAsync(
                    one => one.Thumbprint == thumbprint || one.FormerThumbprint == thumbprint,
                    http.RequestAborted
                )
                .ConfigureAwait(false)
            ?? throw new Refusal(
                StatusCodes.Status401Unauthorized,
                "HOST_CERTIFICATE_UNKNOWN",
                "This Hub has not issued that certificate, or has replaced it: link the host anew."
            );
        if (host.RevokedAt is not null)
        {
            throw new Refusal(
                StatusCodes.Status403Forbidden,
                Revoked,
                "The link of this host was deleted on the destination side."
            );
        }

        if (shown.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime)
        {
            throw new Refusal(
                StatusCodes.Status401Unauthorized,
                "HOST_CERTIFICATE_EXPIRED",
                "The certificate has lapsed since the host was away too long: link it anew with a host key."
            );
        }

        return host;
    }
}
