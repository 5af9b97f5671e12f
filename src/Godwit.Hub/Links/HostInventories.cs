using System.Collections.Concurrent;
using Godwit.Contracts.Agents;

namespace Godwit.Hub.Links;

/// <summary>
/// What each host says that it watches. Several hosts may watch one cluster, which is recorded once (P5), as whoever spoke last sees it;
/// whether a certain host watches it, and how, only that one can say. Known again after a restart as soon as the host has called.
/// </summary>
internal sealed class HostInventories
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<ReportedDeployment>> inventories = new(
        StringComparer.Ordinal
    );

    internal void Note(string hostId, IReadOnlyList<ReportedDeployment> inventory) => inventories[hostId] = inventory;

    /// <summary>A cluster as the host sees it; <see langword="null"/> if it does not watch it.</summary>
    internal ReportedDeployment? Find(string hostId, string projectId, string clusterName) =>
        inventories
            .GetValueOrDefault(hostId)
            ?.FirstOrDefault(one => one.ProjectId == projectId && one.Name == clusterName);
}
