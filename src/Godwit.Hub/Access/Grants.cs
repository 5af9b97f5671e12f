using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Api;
using Godwit.Hub.Data;

namespace Godwit.Hub.Access;

/// <summary>Makes grants from what a request names, and shows them.</summary>
internal static class Grants
{
    internal static Grant Create(
        TimeProvider time,
        string principalId,
        string organizationId,
        string? projectId,
        string role
    ) =>
        new()
        {
            Id = ObjectIds.New(time),
            PrincipalId = principalId,
            OrganizationId = organizationId,
            ProjectId = projectId,
            Role = role,
        };

    /// <summary>Grants of these roles in an organisation, or in one of its projects.</summary>
    /// <exception cref="Refusal">A role is not known there, or there is none.</exception>
    internal static IReadOnlyList<Grant> Create(
        TimeProvider time,
        string principalId,
        Organization organization,
        Project? project,
        IReadOnlyList<string>? roles
    )
    {
        var known = project is null ? Role.OfOrganizations : Role.OfProjects;
        if (roles is null || roles.Count == 0 || roles.Any(role => !known.Contains(role)))
        {
            throw Refusal.Invalid(new BadField("roles", $"it holds one or more of {string.Join(", ", known)}"));
        }

        return [.. roles.Distinct().Select(role => Create(time, principalId, organization.Id, project?.Id, role))];
    }

    /// <summary>A principal's roles among these grants, each with the organisation or the project it is in.</summary>
    internal static IReadOnlyList<RoleResource> Show(string principalId, IEnumerable<Grant> grants) =>
        [
            .. grants
                .Where(grant => grant.PrincipalId == principalId)
                .Select(grant => new RoleResource(
                    grant.Role,
                    grant.ProjectId is null ? grant.OrganizationId : null,
                    grant.ProjectId
                )),
        ];
}
