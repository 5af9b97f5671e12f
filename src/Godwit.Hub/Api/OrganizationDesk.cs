using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>Organisations, projects and people (A01): what may be asked and done, by whomever.</summary>
internal sealed class OrganizationDesk(HubDatabase database, HubOptions options, HubAddress address, TimeProvider time)
{
    private const int NameMax = 64;

    /// <summary>Those that the caller has a role in.</summary>
    internal Task<Page<OrganizationResource>> ListAsync(
        Caller caller,
        PageRequest page,
        CancellationToken cancellationToken
    ) =>
        database
            .Organizations.Where(one =>
                database.Grants.Any(grant => grant.PrincipalId == caller.Id && grant.OrganizationId == one.Id)
            )
            .OrderBy(one => one.Id)
            .ReadAsync(page, Show, cancellationToken);

    internal async Task<OrganizationResource> CreateAsync(
        Caller caller,
        string? remoteAddress,
        NameRequest request,
        CancellationToken cancellationToken
    )
    {
        if (caller.IsKey)
        {
            throw new Refusal(
                StatusCodes.Status403Forbidden,
                "NOT_ORG_GROUP_CREATOR",
                "A key belongs to one organization and creates no other: sign in to create one."
            );
        }

        var organization = new Organization
        {
            Id = ObjectIds.New(time),
            Name = Checked(request.Name),
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(organization);
        _ = database.Add(Grants.Create(time, caller.Id, organization.Id, null, Role.OrganizationOwner));
        Audit.Add(caller, remoteAddress, database, time, "ORG_CREATED", new { organization.Id, organization.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Show(organization);
    }

    /// <summary>The projects that the caller may see: all with a role in the organisation, else their own.</summary>
    internal Task<Page<ProjectResource>> ListProjectsAsync(
        Scope scope,
        PageRequest page,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ReadOrganization);
        var isWhole = scope.Roles.Any(Role.OfOrganizations.Contains);
        return database
            .Projects.Where(one => one.OrganizationId == scope.Organization.Id)
            .Where(one =>
                isWhole
                || database.Grants.Any(grant => grant.PrincipalId == scope.Caller.Id && grant.ProjectId == one.Id)
            )
            .OrderBy(one => one.Id)
            .ReadAsync(page, Show, cancellationToken);
    }

    internal async Task<ProjectResource> CreateProjectAsync(
        Scope scope,
        NameRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageOrganization);
        var project = new Project
        {
            Id = ObjectIds.New(time),
            OrganizationId = scope.Organization.Id,
            Name = Checked(request.Name),
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(project);
        Audit.Add(scope, database, time, "GROUP_CREATED", new { project.Id, project.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Show(project);
    }

    internal async Task<InvitedPerson> InviteAsync(
        Scope scope,
        InvitationRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageOrganization);
        var userName = Checked(request.UserName, "userName");
        if (await database.People.AnyAsync(one => one.UserName == userName, cancellationToken).ConfigureAwait(false))
        {
            throw Refusal.Conflict("USER_ALREADY_EXISTS", $"There is a person {userName} already.");
        }

        var person = new Person
        {
            Id = ObjectIds.New(time),
            UserName = userName,
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(person);
        database.AddRange(Grants.Create(time, person.Id, scope.Organization, null, request.Roles));
        var code = SignIn.AddCode(database, person, options.SignInLifetime, time);
        Audit.Add(
            scope,
            database,
            time,
            "USER_INVITED",
            new
            {
                person.Id,
                person.UserName,
                request.Roles,
            }
        );
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new(person.Id, person.UserName, address.Url.Under(SignIn.PathOf(code)));
    }

    /// <summary>Gives a person of the organisation roles in a project, in place of those they had there.</summary>
    internal async Task GrantAsync(
        Scope scope,
        string personId,
        string projectId,
        RolesRequest request,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.ManageOrganization);
        var project = await database.Projects.FindAsync([projectId], cancellationToken).ConfigureAwait(false);
        var isMember = await database
            .Grants.AnyAsync(
                grant => grant.PrincipalId == personId && grant.OrganizationId == scope.Organization.Id,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (project is null || project.OrganizationId != scope.Organization.Id || !isMember)
        {
            throw Refusal.NotFound(isMember ? "group" : "user", isMember ? projectId : personId);
        }

        var made = Grants.Create(time, personId, scope.Organization, project, request.Roles);
        database.RemoveRange(
            database.Grants.Where(grant => grant.PrincipalId == personId && grant.ProjectId == projectId)
        );
        database.AddRange(made);
        Audit.Add(
            scope,
            database,
            time,
            "USER_ROLES_CHANGED",
            new
            {
                personId,
                projectId,
                Names = request.Roles,
            }
        );
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
    }

    internal static OrganizationResource Show(Organization organization) => new(organization.Id, organization.Name);

    internal static ProjectResource Show(Project project) =>
        new(project.Id, project.Name, project.OrganizationId, project.CreatedAt);

    private static string Checked(string? name, string field = "name") =>
        name is { Length: > 0 and <= NameMax } && !name.Any(char.IsControl)
            ? name
            : throw Refusal.Invalid(new BadField(field, "it has 1 to 64 characters, none of them a control character"));
}
