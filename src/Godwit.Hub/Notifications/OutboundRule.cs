using System.Net;
using System.Net.Sockets;
using Godwit.Hub.Hosting;

namespace Godwit.Hub.Notifications;

/// <summary>
/// Where notifications may go (P11): to public addresses, and to networks that are allowed by name. Checked on the address that is dialled,
/// so that a name which resolves to another one later is no way round it.
/// </summary>
internal sealed class OutboundRule(HubOptions options)
{
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "224.0.0.0/3",
            "::/128",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
            "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Connects to the first address of a host that may be dialled.</summary>
    /// <exception cref="IOException">There is none.</exception>
    internal async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
        var allowed = Array.FindAll(addresses, IsAllowed);
        if (allowed.Length == 0)
        {
            throw new IOException($"{host} is not a public address, and its network is not allowed here");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsAllowed(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return options.AllowedNetworks.Any(network => network.Contains(plain))
            || !NotPublic.Any(network => network.Contains(plain));
    }
}
