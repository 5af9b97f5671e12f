using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Agent.Identity;

namespace Godwit.Agent.Sharing;

/// <summary>
/// The hosts that this one lets in: those whose certificates the Hub has named last. Kept, so that hosts find each other while the Hub is away.
/// </summary>
internal sealed class Peers(AgentFolder folder)
{
    private const string File = "peers.json";
    private volatile HashSet<string> thumbprints = [.. folder.Read<List<string>>(File) ?? []];

    /// <summary>Whether the Hub has ever named any.</summary>
    internal bool AreKnown => thumbprints.Count > 0;

    internal bool Contain(X509Certificate2 certificate) =>
        thumbprints.Contains(Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256)));

    internal void Learn(IReadOnlyList<string> named)
    {
        if (!thumbprints.SetEquals(named))
        {
            folder.Write(File, named.ToList());
            thumbprints = [.. named];
        }
    }
}
