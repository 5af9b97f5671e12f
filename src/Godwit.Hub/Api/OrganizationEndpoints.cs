using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>Organisations, projects and people (A01).</summary>
internal static class OrganizationEndpoints
{
    private const int NameMax = 64;

    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2");
        _ = atlas.MapGet("/orgs", ListAsync);
        _ = atlas.MapPost("/orgs", CreateAsync);
        _ = atlas
            .MapGet("/orgs/{orgId}", (HttpContext http) => new Answer(Show(http.Scope().Organization)))
            .Needs(Operation.ReadOrganization);
        _ = atlas.MapGet("/orgs/{orgId}/groups", ListProjectsAsync).Needs(Operation.ReadOrganization);
        _ = atlas
            .MapGet("/groups/{groupId}", (HttpContext http) => new Answer(Show(http.Scope().Group)))
            .Needs(Operation.ReadProject);
        var own = routes.MapGroup("/api/godwit/v1");
        _ = own.MapPost("/orgs/{orgId}/groups", CreateProjectAsync).Needs(Operation.ManageOrganization);
        _ = own.MapPost("/orgs/{orgId}/people", InviteAsync).Needs(Operation.ManageOrganization);
        _ = own.MapPost("/orgs/{orgId}/people/{personId}/groups/{projectId}", GrantAsync)
            .Needs(Operation.ManageOrganization);
    }

    private static async Task<IResult> ListAsync(HttpContext http, HubDatabase database)
    {
        var caller = http.Caller();
        var mine = database
            .Organizations.Where(one =>
                database.Grants.Any(grant => grant.PrincipalId == caller.Id && grant.OrganizationId == one.Id)
            )
            .OrderBy(one => one.Id);
        return new Answer(await Paging.ReadAsync(http, mine, Show).ConfigureAwait(false));
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var caller = http.Caller();
        if (caller.IsKey)
        {
            throw new Refusal(
                StatusCodes.Status403Forbidden,
                "NOT_ORG_GROUP_CREATOR",
                "A key belongs to one organization and creates no other: sign in to create one."
            );
        }

        var name = Checked((await Body.ReadAsync<Named>(http.Request).ConfigureAwait(false)).Name);
        var organization = new Organization
        {
            Id = ObjectIds.New(time),
            Name = name,
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(organization);
        _ = database.Add(Grants.Create(time, caller.Id, organization.Id, null, Role.OrganizationOwner));
        Audit.Add(http, database, time, "ORG_CREATED", new { organization.Id, organization.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(Show(organization), StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListProjectsAsync(HttpContext http, HubDatabase database)
    {
        var scope = http.Scope();
        var whole = await database
            .Grants.AnyAsync(
                grant =>
                    grant.PrincipalId == scope.Caller.Id
                    && grant.OrganizationId == scope.Organization.Id
                    && grant.ProjectId == null,
                http.RequestAborted
            )
            .ConfigureAwait(false);
        var projects = database
            .Projects.Where(one => one.OrganizationId == scope.Organization.Id)
            .Where(one =>
                whole || database.Grants.Any(grant => grant.PrincipalId == scope.Caller.Id && grant.ProjectId == one.Id)
            )
            .OrderBy(one => one.Id);
        return new Answer(await Paging.ReadAsync(http, projects, Show).ConfigureAwait(false));
    }

    private static async Task<IResult> CreateProjectAsync(
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var scope = http.Scope();
        var name = Checked((await Body.ReadAsync<Named>(http.Request).ConfigureAwait(false)).Name);
        var project = new Project
        {
            Id = ObjectIds.New(time),
            OrganizationId = scope.Organization.Id,
            Name = name,
            CreatedAt = time.GetUtcNow(),
        };
        _ = database.Add(project);
        Audit.Add(http, database, time, "GROUP_CREATED", new { project.Id, project.Name });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(Show(project), StatusCodes.Status201Created);
    }

    private static async Task<IResult> InviteAsync(
        HttpContext http,
        HubDatabase database,
        HubOptions options,
        HubAddress address,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var scope = http.Scope();
        var body = await Body.ReadAsync<Invitation>(http.Request).ConfigureAwait(false);
        var userName = Checked(body.UserName, "userName");
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
        database.AddRange(Grants.Create(time, person.Id, scope.Organization, null, body.Roles));
        var code = SignIn.AddCode(database, person, options.SignInLifetime, time);
        Audit.Add(
            http,
            database,
            time,
            "USER_INVITED",
            new
            {
                person.Id,
                person.UserName,
                body.Roles,
            }
        );
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(
            new
            {
                person.Id,
                person.UserName,
                SignInLink = new Uri(address.Url, SignIn.PathOf(code)),
            },
            StatusCodes.Status201Created
        );
    }

    private static async Task<IResult> GrantAsync(
        string personId,
        string projectId,
        HttpContext http,
        HubDatabase database,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var scope = http.Scope();
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

        var body = await Body.ReadAsync<Roles>(http.Request).ConfigureAwait(false);
        var made = Grants.Create(time, personId, scope.Organization, project, body.Names);
        _ = await database
            .Grants.Where(grant => grant.PrincipalId == personId && grant.ProjectId == projectId)
            .ExecuteDeleteAsync(cancellationToken)
            .ConfigureAwait(false);
        database.AddRange(made);
        Audit.Add(
            http,
            database,
            time,
            "USER_ROLES_CHANGED",
            new
            {
                personId,
                projectId,
                body.Names,
            }
        );
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return Answer.Nothing();
    }

    private static string Checked(string? name, string field = "name") =>
        name is { Length: > 0 and <= NameMax } && !name.Any(char.IsControl)
            ? name
            : throw Refusal.Invalid(new BadField(field, "it has 1 to 64 characters, none of them a control character"));

    private static object Show(Organization organization) => new { organization.Id, organization.Name };

    private static object Show(Project project) =>
        new
        {
            project.Id,
            project.Name,
            OrgId = project.OrganizationId,
            Created = project.CreatedAt,
        };

    private sealed record Named(string? Name);

    private sealed record Roles(
        [property: System.Text.Json.Serialization.JsonPropertyName("roles")] IReadOnlyList<string>? Names
    );

    private sealed record Invitation(string? UserName, IReadOnlyList<string>? Roles);
}
