using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Testing.Servers;

/// <summary>A certificate authority that nobody knows of unless told, and a certificate of it for loopback.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-ca-").FullName;

    /// <param name="name">Of the authority.</param>
    public TestAuthority(string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest($"CN={name}", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = rootRequest.CreateSelfSigned(now.AddHours(-1), now.AddDays(2));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(root, now.AddHours(-1), now.AddDays(1), [1, 2, 3, 4]);
        Pem = root.ExportCertificatePem();
        (AuthorityFile, CertificateFile) = (Path.Combine(folder, "ca.pem"), Path.Combine(folder, "server.pem"));
        File.WriteAllText(AuthorityFile, Pem);
        File.WriteAllText(CertificateFile, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    /// <summary>The authority's certificate.</summary>
    public string Pem { get; }

    /// <summary>The same in a file.</summary>
    public string AuthorityFile { get; }

    /// <summary>Certificate and key of a server on loopback.</summary>
    public string CertificateFile { get; }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
