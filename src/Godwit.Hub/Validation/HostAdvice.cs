using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;

namespace Godwit.Hub.Validation;

/// <summary>What a validation says of the migration host itself: none of it keeps anybody from anything (A06, M-019, M-024, P15).</summary>
internal static class HostAdvice
{
    private const int ProcessorsAdvised = 8;
    private const double GigabytesAdvised = 24;
    private const double Gigabyte = 1024d * 1024 * 1024;

    /// <summary>As hosts say it: description of the system, comma, architecture. Linux calls itself by its distribution.</summary>
    private static bool IsSupported(string system) =>
        system.Split(", ")[^1] is "X64" or "Arm64"
        && !system.Contains("Windows", StringComparison.OrdinalIgnoreCase)
        && !system.Contains("Darwin", StringComparison.OrdinalIgnoreCase)
        && !system.Contains("macOS", StringComparison.OrdinalIgnoreCase);

    internal static IEnumerable<ReportedCheck> Of(MigrationHost host)
    {
        var report = ApiJson.Read<HostReport>(host.Report);
        var unknown = HostAbilities.All.Except(report.Abilities ?? []).ToList();
        yield return report.Version == HubVersion.Text
            ? new("agent-version", "PASSED", $"The agent on {host.Name} is of the Hub's version.", "")
            : new(
                "agent-version",
                "WARNING",
                $"The agent on {host.Name} is of version {report.Version}, the Hub of {HubVersion.Text}: checks that came since are not made{(unknown.Count > 0 ? $", and it cannot be asked for {string.Join(", ", unknown)}" : "")}.",
                "Replace the agent's program by the Hub's version and start it again."
            );
        yield return IsSupported(report.OperatingSystem)
            ? new("host-system", "PASSED", $"{host.Name} runs {report.OperatingSystem}.", "")
            : new(
                "host-system",
                "WARNING",
                $"{host.Name} runs {report.OperatingSystem}: migration hosts are meant for Linux on 64 bits (x64 or Arm64), and tried on nothing else.",
                "Run the agent on such a machine near the source."
            );
        yield return new(
            "host-size",
            "PASSED",
            FormattableString.Invariant(
                $"{host.Name} has {report.Processors} processors, {report.MemoryBytes / Gigabyte:F1} GB of memory and {report.DiskFreeBytes / Gigabyte:F1} GB of free disk; for large amounts {ProcessorsAdvised} processors and {GigabytesAdvised} GB of memory are advised."
            ),
            ""
        );
    }
}
