using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Cluster;

/// <summary>How hosts know each other: each shows a certificate, and lets in nobody whose certificate it does not trust.</summary>
/// <param name="own">This host's, with its key.</param>
/// <param name="isTrusted">Whether another's is one that it lets in. Names are not looked at: hosts find each other by address.</param>
internal sealed class HostCertificate(X509Certificate2 own, Func<X509Certificate2, bool> isTrusted)
{
    internal X509Certificate2 Own => own;

    internal bool IsTrusted(X509Certificate2 theirs) => isTrusted(theirs);

    /// <summary>Reads it from files; trusted is what one authority has signed.</summary>
    /// <param name="certificate">PEM: this host's certificate and its key.</param>
    /// <param name="authority">PEM: who has signed it and those of the others.</param>
    /// <exception cref="ClusterSetUpException">One of them holds no such thing.</exception>
    internal static HostCertificate Read(string certificate, string authority)
    {
        try
        {
            // A key that is only in memory is not taken for connections everywhere.
            using var read = X509Certificate2.CreateFromPemFile(certificate);
            var own = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null);
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(authority);
            return authorities.Count > 0
                ? new(own, theirs => IsSigned(theirs, authorities))
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

    private static bool IsSigned(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
