using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Cluster;

/// <summary>How hosts know each other: each has a certificate of one authority, and lets in nobody who has none of it.</summary>
internal sealed class HostCertificate
{
    private readonly X509Certificate2Collection authorities = [];

    private HostCertificate(X509Certificate2 own) => Own = own;

    internal X509Certificate2 Own { get; }

    /// <summary>Reads both from files.</summary>
    /// <param name="certificate">PEM: this host's certificate and its key.</param>
    /// <param name="authority">PEM: who has signed it and those of the others.</param>
    /// <exception cref="ClusterSetUpException">One of them holds no such thing.</exception>
    internal static HostCertificate Read(string certificate, string authority)
    {
        try
        {
            // A key that is only in memory is not taken for connections everywhere.
            using var read = X509Certificate2.CreateFromPemFile(certificate);
            var found = new HostCertificate(
                X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null)
            );
            found.authorities.ImportFromPemFile(authority);
            return found.authorities.Count > 0
                ? found
                : throw new CryptographicException($"{authority} holds no certificate");
        }
        catch (Exception wrong) when (wrong is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ClusterSetUpException(
                $"The certificate of this host cannot be used: {wrong.Message}",
                "--host-certificate wants a PEM file with certificate and key, --host-authority one with the authority's certificate.",
                wrong
            );
        }
    }

    /// <summary>Whether a host's certificate is of the authority. Names are not looked at: hosts find each other by address.</summary>
    internal bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
