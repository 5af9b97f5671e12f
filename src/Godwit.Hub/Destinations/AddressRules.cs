using System.Net;
using System.Net.Sockets;
using Godwit.Contracts.Atlas;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Api;
using MongoDB.Driver;

namespace Godwit.Hub.Destinations;

/// <summary>
/// Which clusters the Hub may be told to connect to (P11): none on link-local addresses, where cloud machines answer with their own secrets,
/// and no files of the Hub's machine but the CA files put there for it.
/// </summary>
internal sealed class AddressRules(Hosting.HubOptions options)
{
    private const string Field = "connectionString";
    private static readonly string[] FileOptions = ["tlsCAFile", "tlsCertificateKeyFile"];

    /// <summary>Link-local ones, and those that clouds have besides for what machines ask about themselves.</summary>
    private static readonly IPNetwork[] Forbidden =
    [
        .. new[] { "169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32" }.Select(IPNetwork.Parse),
    ];

    internal async Task RequireAsync(string address, CancellationToken cancellationToken)
    {
        foreach (var option in FileOptions)
        {
            var file = ConnectionText.Option(address, option);
            if (file is not null && !IsOurs(Uri.UnescapeDataString(file)))
            {
                throw Refusal.Invalid(
                    new BadField(Field, $"{option} names a file outside the folder 'ca' of the Hub's data folder")
                );
            }
        }

        MongoAddress parsed;
        try
        {
            parsed = MongoAddress.Parse(address);
        }
        catch (MongoConfigurationException malformed)
        {
            throw Refusal.Invalid(new BadField(Field, SecretText.OfText(malformed.Message).TrimEnd('.')));
        }

        foreach (var server in parsed.DriverSettings.Servers)
        {
            foreach (var found in await ResolveAsync(server.Host, cancellationToken).ConfigureAwait(false))
            {
                var plain = found.IsIPv4MappedToIPv6 ? found.MapToIPv4() : found;
                if (Forbidden.Any(network => network.Contains(plain)))
                {
                    throw Refusal.Invalid(
                        new BadField(Field, $"{server.Host} is a link-local address, or one of a cloud's own")
                    );
                }
            }
        }
    }

    private bool IsOurs(string file)
    {
        var folder = Path.GetFullPath(Path.Combine(options.DataDirectory, "ca")) + Path.DirectorySeparatorChar;
        return Path.GetFullPath(file).StartsWith(folder, StringComparison.Ordinal);
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // Connecting will say so, in the words of connection faults.
            return [];
        }
    }
}
