using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Contracts;
using Godwit.Contracts.Agents;

namespace Godwit.Agent.Identity;

/// <summary>How a host makes sure that it speaks with its Hub: by the authority that the token names, or the system's.</summary>
internal static class HubTrust
{
    /// <summary>What stands behind nearly every foreign certificate in a company's network.</summary>
    internal const string ProxyRemedy =
        "The likely cause is a proxy on the way that opens encrypted connections: hosts sign in by a certificate, which does not pass it. Exempt the Hub's address from inspection.";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Why a connection was not made: what stands against the certificate, if that was it.</summary>
    internal static string Reason(Exception away) =>
        away.GetBaseException() is AuthenticationException foreign ? foreign.Message : away.Message;

    /// <summary>Fetches the authority's certificate from whoever answers and takes it only if it is the one the token names.</summary>
    internal static async Task<string?> FetchAuthorityAsync(JoinToken token, CancellationToken cancellationToken)
    {
        if (token.Authority.Length == 0)
        {
            return null;
        }

        using var handler = new SocketsHttpHandler
        {
            // Nothing is sent, and what comes is checked by its hash.
            SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        };
        using var client = new HttpClient(handler) { Timeout = Patience };
        var pem = await client
            .GetStringAsync(new Uri(token.Hub, AgentRoutes.Authority), cancellationToken)
            .ConfigureAwait(false);
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256)) == token.Authority
            ? pem
            : throw new AgentException(
                "HUB_NOT_TRUSTED",
                $"Whoever answers at {token.Hub} is not the Hub that made this token, or stands between it and this host.",
                $"Check the address. {ProxyRemedy}"
            );
    }

    /// <summary>Whether a server's certificate is of this authority; without one the system decides.</summary>
    internal static RemoteCertificateValidationCallback? Validation(string? authority)
    {
        if (authority is null)
        {
            return null;
        }

        var root = X509Certificate2.CreateFromPem(authority);
        return (_, certificate, _, errors) =>
        {
            if (
                certificate is null
                || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)
            )
            {
                return false;
            }

            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(root);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            using var shown = new X509Certificate2(certificate);
            return chain.Build(shown)
                ? true
                // A mere "no" would not say what a person needs to know (M-020).
                : throw new AuthenticationException(
                    $"Whoever answers shows a certificate of {shown.Issuer}, not the Hub's. {ProxyRemedy}"
                );
        };
    }

    /// <summary>The certificate with its key, as TLS takes it.</summary>
    internal static X509Certificate2 Credential(string pem, ECDsa key)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        using var whole = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }
}
