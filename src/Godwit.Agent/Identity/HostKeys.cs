using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Godwit.Agent.Identity;

/// <summary>The host's own keys, made here and never sent (P10): one proves who it is, one opens what was sealed to it.</summary>
internal sealed class HostKeys : IDisposable
{
    private const string IdentityFile = "identity.key";
    private const string SealingFile = "sealing.key";

    private HostKeys(ECDsa identity, ECDiffieHellman sealing) => (Identity, Sealing) = (identity, sealing);

    internal ECDsa Identity { get; }

    internal ECDiffieHellman Sealing { get; }

    /// <summary>What secrets for this host are sealed to.</summary>
    internal string PublicSealingKey => Convert.ToBase64String(Sealing.PublicKey.ExportSubjectPublicKeyInfo());

    internal static HostKeys Open(AgentFolder folder)
    {
        var identity = ECDsa.Create();
        var sealing = ECDiffieHellman.Create();
        Load(folder, IdentityFile, identity);
        Load(folder, SealingFile, sealing);
        return new(identity, sealing);
    }

    /// <summary>PKCS #10 for the identity key.</summary>
    internal string CertificateRequest() =>
        new CertificateRequest("CN=godwit agent", Identity, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    public void Dispose()
    {
        Identity.Dispose();
        Sealing.Dispose();
    }

    private static void Load(AgentFolder folder, string name, ECAlgorithm key)
    {
        if (folder.Read(name) is { } pem)
        {
            key.ImportFromPem(pem);
            return;
        }

        key.GenerateKey(ECCurve.NamedCurves.nistP256);
        folder.Write(name, key.ExportPkcs8PrivateKeyPem());
    }
}
