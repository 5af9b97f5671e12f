using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Testing;

/// <summary>An authority, a server and a client certificate made for one test, as PEM files in a folder of its own.</summary>
public sealed class TestCertificates : IDisposable
{
    /// <summary>The client's name, as the server tells it.</summary>
    public const string ClientSubject = "CN=client,OU=tests,O=godwit";

    private readonly string folder = Directory.CreateTempSubdirectory("godwit-tls-").FullName;

    /// <summary>Makes them.</summary>
    public TestCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority,O=godwit", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = DateTimeOffset.UtcNow;
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        File.WriteAllText(Authority, authority.ExportCertificatePem());
        Issue(authority, "CN=server,O=godwit", Server);
        Issue(authority, "CN=client, OU=tests, O=godwit", Client);
    }

    /// <summary>The authority's certificate.</summary>
    public string Authority => Path.Combine(folder, "authority.pem");

    /// <summary>The server's certificate and key.</summary>
    public string Server => Path.Combine(folder, "server.pem");

    /// <summary>The client's certificate and key.</summary>
    public string Client => Path.Combine(folder, "client.pem");

    /// <summary>Removes the files.</summary>
    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Issue(X509Certificate2 authority, string subject, string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false)
        );
        using var certificate = request.Create(
            authority,
            authority.NotBefore,
            authority.NotAfter,
            RandomNumberGenerator.GetBytes(8)
        );
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
