using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;

namespace Godwit.Hub.Links;

/// <summary>Hosts whose agent is of an earlier version than what is asked of it.</summary>
internal static class OutdatedHosts
{
    /// <exception cref="Refusal">Its agent is too far from this Hub's version: it gets no orders.</exception>
    internal static void RequireSupported(MigrationHost host)
    {
        if (VersionSkew.Problem(ApiJson.Read<HostReport>(host.Report).Version, HubVersion.Text) is { } apart)
        {
            throw Refusal.Conflict(VersionSkew.Code, $"{host.Name} gets no orders. {apart}");
        }
    }

    /// <exception cref="Refusal">Its agent does not know it.</exception>
    internal static void Require(MigrationHost host, string ability)
    {
        var report = ApiJson.Read<HostReport>(host.Report);
        if (!(report.Abilities ?? []).Contains(ability))
        {
            throw Refusal.Conflict(
                "MIGRATION_HOST_OUTDATED",
                $"The agent on {host.Name} ({report.Version}) does not know yet what this asks of it ({ability}): replace it by this Hub's version ({HubVersion.Text}), restart it, and ask again."
            );
        }
    }
}
