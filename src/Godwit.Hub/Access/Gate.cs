using Godwit.Contracts;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Access;

/// <summary>
/// Finds what somebody asks about. What a caller has no role in does not exist for them (404); what their roles allow, the <see cref="Scope"/>
/// says. Endpoints and pages come in here alike.
/// </summary>
internal sealed class Gate(HubDatabase database)
{
    /// <exception cref="Refusal">There is no such project, or the caller has no role in it.</exception>
    internal async Task<Scope> OfProjectAsync(
        Caller caller,
        string? remoteAddress,
        string projectId,
        CancellationToken cancellationToken
    )
    {
        RequireId(projectId);
        var project = await database.Projects.FindAsync([projectId], cancellationToken).ConfigureAwait(false);
        var scope = project is null
            ? null
            : await FindAsync(caller, remoteAddress, project.OrganizationId, project, cancellationToken)
                .ConfigureAwait(false);
        return scope ?? throw Refusal.NotFound("group", projectId);
    }

    /// <exception cref="Refusal">There is no such organisation, or the caller has no role in it.</exception>
    internal async Task<Scope> OfOrganizationAsync(
        Caller caller,
        string? remoteAddress,
        string organizationId,
        CancellationToken cancellationToken
    )
    {
        RequireId(organizationId);
        return await FindAsync(caller, remoteAddress, organizationId, null, cancellationToken).ConfigureAwait(false)
            ?? throw Refusal.NotFound("organization", organizationId);
    }

    private async Task<Scope?> FindAsync(
        Caller caller,
        string? remoteAddress,
        string organizationId,
        Project? project,
        CancellationToken cancellationToken
    )
    {
        var organization = await database
            .Organizations.FindAsync([organizationId], cancellationToken)
            .ConfigureAwait(false);
        var grants = await database
            .Grants.AsNoTracking()
            .Where(grant => grant.PrincipalId == caller.Id && grant.OrganizationId == organizationId)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var roles = grants
            .Where(grant => project is null || grant.ProjectId is null || grant.ProjectId == project.Id)
            .Select(grant => grant.Role)
            .ToHashSet(StringComparer.Ordinal);
        return organization is null || roles.Count == 0
            ? null
            : new(caller, remoteAddress, organization, project, roles);
    }

    private static void RequireId(string id)
    {
        if (!ObjectIds.IsValid(id))
        {
            throw Refusal.BadRequest("INVALID_ID", $"'{id}' is no id: 24 hexadecimal digits.");
        }
    }
}
