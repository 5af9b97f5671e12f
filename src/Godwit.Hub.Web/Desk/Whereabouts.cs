using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Web.Desk;

/// <summary>Which organisations and projects a person has a role in: what the selections at the top offer.</summary>
internal sealed class Whereabouts(IDbContextFactory<HubDatabase> databases, Visit visit)
{
    internal async Task<IReadOnlyList<Place>> ListAsync(CancellationToken cancellationToken)
    {
        var caller = await visit.CallerAsync();
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var grants = await database
            .Grants.AsNoTracking()
            .Where(grant => grant.PrincipalId == caller.Id)
            .ToListAsync(cancellationToken);
        var ids = grants.Select(grant => grant.OrganizationId).Distinct().ToList();
        var organizations = await database
            .Organizations.AsNoTracking()
            .Where(one => ids.Contains(one.Id))
            .OrderBy(one => one.Name)
            .ToListAsync(cancellationToken);
        var projects = await database
            .Projects.AsNoTracking()
            .Where(one => ids.Contains(one.OrganizationId))
            .OrderBy(one => one.Name)
            .ToListAsync(cancellationToken);
        return
        [
            .. organizations.Select(organization => new Place(
                organization.Id,
                organization.Name,
                organization.IsSource,
                [
                    .. grants
                        .Where(grant => grant.OrganizationId == organization.Id)
                        .Select(grant => grant.Role)
                        .Distinct(),
                ],
                [
                    .. projects
                        .Where(project => project.OrganizationId == organization.Id)
                        .Select(project => new PlaceProject(
                            project.Id,
                            project.Name,
                            RolesIn(grants, organization.Id, project.Id)
                        ))
                        .Where(project => project.Roles.Count > 0),
                ]
            )),
        ];
    }

    private static IReadOnlyList<string> RolesIn(List<Grant> grants, string organizationId, string projectId) =>
        [
            .. grants
                .Where(grant => grant.OrganizationId == organizationId)
                .Where(grant => grant.ProjectId is null || grant.ProjectId == projectId)
                .Select(grant => grant.Role)
                .Distinct(),
        ];
}

/// <summary>An organisation with the person's roles there, and its projects.</summary>
internal sealed record Place(
    string Id,
    string Name,
    bool IsSource,
    IReadOnlyList<string> Roles,
    IReadOnlyList<PlaceProject> Projects
)
{
    internal bool Allows(Operation operation) => RoleTable.Allows(operation, isKey: false, Roles);
}

/// <summary>A project with the person's roles there, those in its organisation included.</summary>
internal sealed record PlaceProject(string Id, string Name, IReadOnlyList<string> Roles)
{
    internal bool Allows(Operation operation) => RoleTable.Allows(operation, isKey: false, Roles);
}
