using Godwit.Contracts.Agents;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>Settings of source projects: changed on the source side only, by a linked host (P5).</summary>
internal sealed class SourceSettings(HubDatabase database, ConnectedHosts connected, TimeProvider time)
{
    /// <summary>Says whether sizes of databases may be asked for in a project (A08); every host of the organisation goes by it.</summary>
    internal async Task SetStatisticsAsync(
        MigrationHost host,
        string? remoteAddress,
        StatisticsRequest request,
        CancellationToken cancellationToken
    )
    {
        var project = await database.Projects.FindAsync([request.ProjectId], cancellationToken).ConfigureAwait(false);
        if (project is null || project.OrganizationId != host.OrganizationId)
        {
            throw Refusal.NotFound("source project", request.ProjectId);
        }

        project.CollectsStatistics = request.Collects;
        Audit.Add(
            null,
            remoteAddress,
            database,
            time,
            request.Collects ? "LIVE_MIGRATION_STATISTICS_TURNED_ON" : "LIVE_MIGRATION_STATISTICS_TURNED_OFF",
            new { project.Id, By = host.Name }
        );
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        var hosts = await database
            .Hosts.Where(one => one.OrganizationId == host.OrganizationId && one.RevokedAt == null)
            .Select(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var id in hosts)
        {
            await connected.WakeAsync(id, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What a validation says of it.</summary>
    internal static ReportedCheck Check(Project project) =>
        project.CollectsStatistics
            ? new("statistics", "PASSED", $"Sizes of databases are asked for in the source project {project.Name}.", "")
            : new(
                "statistics",
                "FAILED",
                $"Sizes of databases may not be asked for in the source project {project.Name}, so neither room nor time can be estimated.",
                $"On a migration host of the source: godwit agent statistics on --project {project.Id}"
            );
}
