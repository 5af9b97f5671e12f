using System.Net;
using System.Net.Sockets;

namespace Godwit.Cluster;

/// <summary>Where a host is reached by the others, and where it listens.</summary>
/// <param name="Reached">What the others connect to.</param>
/// <param name="Listens">Where that arrives, which is another place behind address translation.</param>
internal sealed record HostEndpoint(IPEndPoint Reached, IPEndPoint Listens)
{
    /// <summary>Reads it.</summary>
    /// <param name="reached"><c>IP[:PORT]</c>; <see langword="null"/> for the machine's first address. Without a port it is a free one.</param>
    /// <param name="listens"><c>IP:PORT</c>; <see langword="null"/> for where it is reached.</param>
    /// <exception cref="FormatException">Neither is what it has to be, or they do not go together.</exception>
    internal static HostEndpoint Parse(string? reached, string? listens)
    {
        var outside = reached is null
            ? new(HostAddresses.First(), 0)
            : Read(reached)
                ?? throw new FormatException($"'{reached}' is no IP address, nor one with a port (IP:PORT)");
        if (listens is null)
        {
            return new(outside, outside);
        }

        if (Read(listens) is not { Port: > 0 } inside)
        {
            throw new FormatException($"'{listens}' is no IP address with a port (IP:PORT)");
        }

        return outside.Port > 0
            ? new(outside, inside)
            : throw new FormatException(
                $"'{outside.Address}' has no port: a host that listens elsewhere has to say which port leads there"
            );
    }

    private static IPEndPoint? Read(string text) => IPEndPoint.TryParse(text, out var read) ? read : null;

    /// <summary>With a free port, where none is given.</summary>
    /// <exception cref="ClusterSetUpException">The address is not one of this machine.</exception>
    internal HostEndpoint Settle()
    {
        if (Reached.Port > 0)
        {
            return this;
        }

        try
        {
            using var probe = new Socket(Reached.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(Reached);
            var settled = (IPEndPoint)probe.LocalEndPoint!;
            return new(settled, settled);
        }
        catch (SocketException foreign)
        {
            throw new ClusterSetUpException(
                $"This host cannot listen on {Reached.Address}: {foreign.Message}.",
                "Give --host-address an address of this machine; where the others reach it by another one, its port, too, and --host-listen.",
                foreign
            );
        }
    }
}
