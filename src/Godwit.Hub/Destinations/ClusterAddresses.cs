using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Contracts.Atlas;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;

namespace Godwit.Hub.Destinations;

/// <summary>
/// How destinations are reached. The certificates of an authority of their own are kept with the cluster, not a path to them, so that they
/// can travel to migration hosts; the Hub's own connections find them in a file written from there.
/// </summary>
internal sealed class ClusterAddresses(KeyRing ring, HubOptions options)
{
    private const string Option = "tlsCAFile";
    private const string PrivateKey = "PRIVATE KEY";

    /// <summary>The connection string with its secrets, as the Hub itself uses it.</summary>
    internal string Open(Cluster cluster)
    {
        var address = OpenPlain(cluster);
        return cluster.Authority is { } pem ? WithAuthority(address, pem) : address;
    }

    /// <summary>The same without the authority, which travels beside it.</summary>
    internal string OpenPlain(Cluster cluster) => ring.Open(cluster.SealedAddress, KeyRing.Clusters);

    /// <summary>An address that knows the cluster by this authority.</summary>
    internal string WithAuthority(string address, string pem)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.DataDirectory, "ca")).FullName;
        var file = Path.Combine(folder, $"{Name(pem)}.pem");
        if (!File.Exists(file))
        {
            var next = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllText(next, pem);
            File.Move(next, file, overwrite: true);
        }

        return ConnectionText.WithOption(
            ConnectionText.WithOption(ConnectionText.WithoutOption(address, Option), "tls", "true"),
            Option,
            Uri.EscapeDataString(file)
        );
    }

    /// <summary>Takes the authority out of a request: sent as it is, or named by a file that the address may name.</summary>
    /// <exception cref="Refusal">It holds no certificate, or a private key.</exception>
    internal static (string Address, string? Authority) Separate(string address, string? certificates)
    {
        if (certificates is not null)
        {
            return (ConnectionText.WithoutOption(address, Option), Checked(certificates));
        }

        return ConnectionText.Option(address, Option) is { } file
            ? (ConnectionText.WithoutOption(address, Option), Checked(Read(Uri.UnescapeDataString(file))))
            : (address, null);
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw Refusal.Invalid(new BadField("connectionString", $"{Option} names a file that cannot be read"));
        }
    }

    private static string Checked(string pem)
    {
        const string field = "certificateAuthority";
        if (pem.Contains(PrivateKey, StringComparison.Ordinal))
        {
            throw Refusal.Invalid(new BadField(field, "it holds a private key: send certificates alone"));
        }

        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            // Nothing was found then, and that is said.
        }

        return found.Count > 0
            ? string.Concat(found.Select(one => one.ExportCertificatePem() + "\n"))
            : throw Refusal.Invalid(new BadField(field, "it holds no certificate in PEM"));
    }

    private static string Name(string pem) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(pem)).AsSpan(0, 12));
}
