using System.Net;
using System.Net.Sockets;

namespace Godwit.Testing.Servers;

/// <summary>Ports for servers that have to be told theirs.</summary>
public static class LoopbackPorts
{
    /// <summary>Ports of loopback that nobody listens on just now, all different.</summary>
    public static int[] Free(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        Array.ForEach(listeners, listener => listener.Stop());
        return ports;
    }
}
