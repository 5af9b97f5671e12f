using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Data;

namespace Godwit.Hub.Providers;

/// <summary>What a validation finds in what Atlas says of the destination (M-042, M-043, M-047).</summary>
internal static class ProviderChecks
{
    internal static IEnumerable<ReportedCheck> Of(Cluster? cluster)
    {
        if (cluster?.ProviderFacts is not { } text)
        {
            yield break;
        }

        var facts = ApiJson.Read<AtlasFacts>(text).Shown;
        yield return facts.HasBiConnector
            ? new(
                "bi-connector",
                "FAILED",
                $"The BI Connector of {cluster.Name} is on.",
                "Turn it off in Atlas until the migration has ended, then refresh the connection with Atlas."
            )
            : new("bi-connector", "PASSED", "No BI Connector runs.", "");
        yield return facts.State is "IDLE" or ""
            ? new("cluster-state", "PASSED", $"{cluster.Name} is {facts.Tier}, and nothing of it is being changed.", "")
            : new(
                "cluster-state",
                "WARNING",
                $"Atlas is changing {cluster.Name} ({facts.State}).",
                "Wait until it is done: members that are replaced slow the migration down."
            );
        yield return facts.AutoScales
            ? new(
                "auto-scaling",
                "WARNING",
                $"The size of {cluster.Name} follows its load, and may change in the middle.",
                "Turn auto-scaling off for the time of the migration, and size it up beforehand."
            )
            : new("auto-scaling", "PASSED", "Its size stays as it is.", "");
        if (facts.HasBackups)
        {
            yield return new(
                "provider-backups",
                "WARNING",
                $"Scheduled backups of {cluster.Name} are paused from the start of the migration until its end, since they would hold a part of the data only; snapshots that are there stay.",
                "After the cutover, take a snapshot on demand."
            );
        }
    }
}
