using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>What an organisation's links can migrate: source projects, their deployments, their hosts (A10).</summary>
internal sealed class AvailableProjects
{
    private const long MegaByte = 1024 * 1024;

    internal async Task<IReadOnlyList<LiveImportAvailableProject>> ListAsync(
        HubDatabase database,
        string organizationId,
        CancellationToken cancellationToken
    )
    {
        var sources = await SourcesAsync(database, organizationId, cancellationToken).ConfigureAwait(false);
        var projects = await database
            .Projects.Where(project => sources.Contains(project.OrganizationId))
            .OrderBy(project => project.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var hosts = await database
            .Hosts.Where(host => sources.Contains(host.OrganizationId) && host.RevokedAt == null)
            .OrderBy(host => host.Name)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var ids = projects.ConvertAll(project => project.Id);
        var deployments = await database
            .Deployments.Where(one => ids.Contains(one.ProjectId))
            .OrderBy(one => one.Name)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return projects.ConvertAll(project => new LiveImportAvailableProject(
            [.. deployments.Where(one => one.ProjectId == project.Id).Select(one => Show(one, hosts))],
            [.. hosts.Where(host => host.OrganizationId == project.OrganizationId).Select(host => host.Name)],
            project.Name,
            project.Id
        ));
    }

    internal async Task<IReadOnlyList<ReportedSourceCollection>> CollectionsAsync(
        HubDatabase database,
        string organizationId,
        string sourceProjectId,
        string clusterName,
        CancellationToken cancellationToken
    )
    {
        var sources = await SourcesAsync(database, organizationId, cancellationToken).ConfigureAwait(false);
        var found = await database
            .Deployments.AsNoTracking()
            .Where(one => one.ProjectId == sourceProjectId && one.Name == clusterName)
            .Where(one =>
                database.Projects.Any(project =>
                    project.Id == one.ProjectId && sources.Contains(project.OrganizationId)
                )
            )
            .FirstOrDefaultAsync(cancellationToken)
            .ConfigureAwait(false);
        return found is null ? [] : ApiJson.Read<ReportedDeployment>(found.Report).Collections ?? [];
    }

    /// <summary>Source organisations that are linked to this one.</summary>
    internal static async Task<List<string>> SourcesAsync(
        HubDatabase database,
        string organizationId,
        CancellationToken cancellationToken
    ) =>
        await database
            .Links.Where(link => link.OrganizationId == organizationId && link.RevokedAt == null)
            .Where(link => link.SourceOrganizationId != null)
            .Select(link => link.SourceOrganizationId!)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);

    private static AvailableDeployment Show(Deployment deployment, List<MigrationHost> hosts)
    {
        var report = ApiJson.Read<ReportedDeployment>(deployment.Report);
        var host = hosts.Find(one => one.Id == deployment.HostId);
        return new()
        {
            AgentVersion = host is null ? null : ApiJson.Read<HostReport>(host.Report).Version,
            ClusterId = deployment.Id,
            DbSizeBytes = report.DataBytes,
            FeatureCompatibilityVersion = report.FeatureCompatibilityVersion ?? "",
            Managed = report.IsManaged,
            MongoDbVersion = report.Version ?? "",
            Name = deployment.Name,
            OplogSizeMB = report.OplogBytes is { } bytes ? (int)(bytes / MegaByte) : null,
            Sharded = report.Shape == "SHARDED",
            TlsEnabled = report.IsTls,
        };
    }
}
