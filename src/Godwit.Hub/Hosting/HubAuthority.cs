using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Hub.Access;

namespace Godwit.Hub.Hosting;

/// <summary>
/// The Hub's own certificate authority: made at the first start, signs the Hub's certificate and those of migration hosts (P10). Its key
/// stands on disk encrypted by the key ring.
/// </summary>
internal sealed class HubAuthority : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private static readonly TimeSpan HostLifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(365);
    private static readonly TimeSpan OwnLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan ClockLag = TimeSpan.FromMinutes(10);
    private readonly X509Certificate2 certificate;
    private readonly TimeProvider time;

    private HubAuthority(X509Certificate2 certificate, TimeProvider time) =>
        (this.certificate, this.time) = (certificate, time);

    /// <summary>The authority's certificate for those who have to trust it.</summary>
    internal string Pem => certificate.ExportCertificatePem();

    /// <summary>SHA-256 of it: what link-tokens carry.</summary>
    internal string Fingerprint => Thumbprint(certificate);

    /// <summary>Reads the authority of this folder, or makes one.</summary>
    internal static HubAuthority Open(string folder, KeyRing ring, TimeProvider time)
    {
        var file = Path.Combine(folder, "authority.pem");
        var keyFile = Path.Combine(folder, "authority.key");
        if (!File.Exists(file))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=Godwit Hub", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
            request.CertificateExtensions.Add(
                new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true)
            );
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
            var now = time.GetUtcNow();
            using var made = request.CreateSelfSigned(now - ClockLag, now + OwnLifetime);
            // The certificate last: it says that the key is there.
            File.WriteAllText(keyFile, ring.Seal(key.ExportPkcs8PrivateKeyPem(), KeyRing.Authority));
            File.WriteAllText(file, made.ExportCertificatePem());
        }

        var privateKey = ring.Open(File.ReadAllText(keyFile), KeyRing.Authority);
        return new(X509Certificate2.CreateFromPem(File.ReadAllText(file), privateKey), time);
    }

    /// <summary>A certificate for the Hub itself.</summary>
    internal X509Certificate2 IssueServer(IEnumerable<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Godwit Hub server", key, HashAlgorithmName.SHA256);
        var subjects = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IPAddress.TryParse(name, out var address))
            {
                subjects.AddIpAddress(address);
            }
            else
            {
                subjects.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(subjects.Build());
        using var signed = Sign(request, ServerLifetime, ServerAuthentication);
        using var whole = signed.CopyWithPrivateKey(key);
        // A key that lives in memory only is not taken by every TLS stack; one that was imported is.
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A certificate for a host's own key; the host's name in the request is not believed.</summary>
    /// <exception cref="Api.Refusal">The request cannot be read.</exception>
    internal X509Certificate2 IssueHost(string certificateRequest, string hostId)
    {
        CertificateRequest asked;
        try
        {
            asked = CertificateRequest.LoadSigningRequestPem(certificateRequest, HashAlgorithmName.SHA256);
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException)
        {
            throw Api.Refusal.BadRequest("INVALID_CERTIFICATE_REQUEST", "The certificate request cannot be read.");
        }

        var request = new CertificateRequest(
            new X500DistinguishedName($"CN={hostId}"),
            asked.PublicKey,
            HashAlgorithmName.SHA256
        );
        // Hosts that share migrations are servers for each other, too.
        return Sign(request, HostLifetime, ClientAuthentication, ServerAuthentication);
    }

    internal static string Thumbprint(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256));

    public void Dispose() => certificate.Dispose();

    private X509Certificate2 Sign(CertificateRequest request, TimeSpan lifetime, params string[] usages)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([.. usages.Select(one => new Oid(one))], true)
        );
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, true, false)
        );
        var now = time.GetUtcNow();
        var end = now + lifetime;
        return request.Create(
            certificate,
            // Not from now on: the clocks of others may be behind, or this one may be set back.
            certificate.NotBefore,
            end < certificate.NotAfter ? end : certificate.NotAfter,
            RandomNumberGenerator.GetBytes(16)
        );
    }
}
