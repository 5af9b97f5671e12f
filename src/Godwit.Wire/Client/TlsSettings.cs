using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Wire.Client;

/// <summary>How to speak TLS to a server: whom to trust and what to show.</summary>
internal sealed record TlsSettings
{
    /// <summary>PEM file with the authorities to trust instead of the machine's; <see langword="null"/> for the machine's.</summary>
    internal string? AuthorityFile { get; init; }

    /// <summary>PEM file with a client certificate and its key.</summary>
    internal string? CertificateFile { get; init; }

    /// <summary>Whether any server certificate is accepted.</summary>
    internal bool AcceptAnyCertificate { get; init; }

    /// <summary>Whether a certificate for another host name is accepted.</summary>
    internal bool AcceptAnyHostName { get; init; }

    internal SslClientAuthenticationOptions ToOptions(string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        if (AuthorityFile is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(AuthorityFile);
            options.CertificateChainPolicy = policy;
        }

        if (CertificateFile is not null)
        {
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(CertificateFile)];
        }

        if (AcceptAnyCertificate || AcceptAnyHostName)
        {
            options.RemoteCertificateValidationCallback = (_, _, _, errors) =>
                AcceptAnyCertificate || (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == 0;
        }

        return options;
    }
}
