using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Godwit.Cluster;

/// <summary>The addresses of this machine.</summary>
internal static class HostAddresses
{
    /// <summary>The first by which others may reach it; loopback if there is none.</summary>
    internal static IPAddress First() =>
        NetworkInterface
            .GetAllNetworkInterfaces()
            .Where(one =>
                one.OperationalStatus == OperationalStatus.Up
                && one.NetworkInterfaceType != NetworkInterfaceType.Loopback
            )
            .SelectMany(one => one.GetIPProperties().UnicastAddresses)
            .Select(one => one.Address)
            .FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork)
        ?? IPAddress.Loopback;
}
