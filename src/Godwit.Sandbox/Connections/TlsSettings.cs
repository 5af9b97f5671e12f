using System.Security.Cryptography.X509Certificates;

namespace Godwit.Sandbox.Connections;

/// <summary>The server's certificate, and whose client certificates it accepts.</summary>
/// <param name="Certificate">Certificate and key the server shows.</param>
/// <param name="Authority">Who must have signed client certificates; <see langword="null"/> to take any.</param>
internal sealed record TlsSettings(X509Certificate2 Certificate, X509Certificate2? Authority)
{
    /// <summary>Reads what is given; <see langword="null"/> where TLS is not spoken.</summary>
    internal static TlsSettings? Of(string? certificateKeyFile, string? authorityFile) =>
        certificateKeyFile is null ? null : FromPemFile(certificateKeyFile, authorityFile);

    /// <summary>Reads a PEM file with certificate and private key, as mongod's certificateKeyFile.</summary>
    private static TlsSettings FromPemFile(string certificateKeyFile, string? authorityFile) =>
        new(
            X509Certificate2.CreateFromPemFile(certificateKeyFile),
            authorityFile is null ? null : X509CertificateLoader.LoadCertificateFromFile(authorityFile)
        );

    /// <summary>Whether a client's certificate is good; none at all is good too.</summary>
    internal bool Accepts(X509Certificate? certificate)
    {
        if (certificate is null || Authority is null)
        {
            return true;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var candidate = new X509Certificate2(certificate);
        return chain.Build(candidate);
    }
}
