using System.Net;
using System.Net.NetworkInformation;
using System.Reflection;
using System.Runtime.InteropServices;
using Godwit.Contracts.Agents;

namespace Godwit.Agent.Identity;

/// <summary>What this host is (A06).</summary>
internal static class HostFacts
{
    internal static readonly string Version = typeof(HostFacts)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion;

    internal static HostReport Take(
        AgentFolder folder,
        HostKeys keys,
        string? name,
        ReportedSharing? sharing = null,
        ReportedLimits? limits = null
    ) =>
        new(
            name ?? Dns.GetHostName(),
            Version,
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}",
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            new DriveInfo(folder.Root).AvailableFreeSpace,
            [.. Addresses()],
            keys.PublicSealingKey,
            sharing,
            HostAbilities.All,
            HostLimits.Of(folder).Migrations,
            limits
        );

    private static IEnumerable<string> Addresses() =>
        NetworkInterface
            .GetAllNetworkInterfaces()
            .Where(one => one.OperationalStatus == OperationalStatus.Up)
            .SelectMany(one => one.GetIPProperties().UnicastAddresses)
            .Select(one => one.Address)
            .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal)
            .Select(address => address.ToString())
            .Distinct();
}
