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
            outside.Port = outside.Port > 0 ? outside.Port : FreePort(outside.Address);
            return new(outside, outside);
        }

        if (Read(listens) is not { Port: > 0 } inside)
        {
            throw new FormatException($"'{listens}' is no IP address with a port (IP:PORT)");
        }

        return outside.Port > 0
            ? new(outside, inside)
            : throw new FormatException(
                $"'{reached}' has no port: a host that listens elsewhere has to say which port leads there"
            );
    }

    private static IPEndPoint? Read(string text) => IPEndPoint.TryParse(text, out var read) ? read : null;

    private static int FreePort(IPAddress address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
