using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Api;

/// <summary>Organisations, projects and people (A01).</summary>
internal static class OrganizationEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2");
        _ = atlas
            .MapGet("/orgs", ListAsync)
            .As("listOrgs", "The organizations that the caller has a role in.")
            .GivesPage<OrganizationResource>();
        _ = atlas
            .MapPost("/orgs", CreateAsync)
            .As("createOrg", "Makes an organization; the caller owns it.")
            .Reads<NameRequest>()
            .Gives<OrganizationResource>(StatusCodes.Status201Created);
        _ = atlas
            .MapGet("/orgs/{orgId}", (HttpContext http) => new Answer(OrganizationDesk.Show(http.Scope().Organization)))
            .Needs(Operation.ReadOrganization)
            .As("getOrg", "An organization.")
            .Gives<OrganizationResource>();
        _ = atlas
            .MapGet(
                "/orgs/{orgId}/groups",
                async (HttpContext http, OrganizationDesk desk) =>
                    new Answer(
                        await desk.ListProjectsAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadOrganization)
            .As("listOrgGroups", "The projects of an organization that the caller may see.")
            .GivesPage<ProjectResource>();
        _ = atlas
            .MapGet("/groups/{groupId}", (HttpContext http) => new Answer(OrganizationDesk.Show(http.Scope().Group)))
            .Needs(Operation.ReadProject)
            .As("getGroup", "A project.")
            .Gives<ProjectResource>();
        MapOwn(routes.MapGroup("/api/godwit/v1"));
    }

    private static void MapOwn(RouteGroupBuilder own)
    {
        _ = own.MapPost(
                "/orgs/{orgId}/groups",
                async (HttpContext http, OrganizationDesk desk) =>
                {
                    var body = await Body.ReadAsync<NameRequest>(http.Request).ConfigureAwait(false);
                    return new Answer(
                        await desk.CreateProjectAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false),
                        StatusCodes.Status201Created
                    );
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("createGroup", "Makes a project.")
            .Reads<NameRequest>()
            .Gives<ProjectResource>(StatusCodes.Status201Created);
        _ = own.MapPost(
                "/orgs/{orgId}/people",
                async (HttpContext http, OrganizationDesk desk) =>
                {
                    var body = await Body.ReadAsync<InvitationRequest>(http.Request).ConfigureAwait(false);
                    return new Answer(
                        await desk.InviteAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false),
                        StatusCodes.Status201Created
                    );
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("invitePerson", "Lets a person in; the sign-in link is shown this once.")
            .Reads<InvitationRequest>()
            .Gives<InvitedPerson>(StatusCodes.Status201Created);
        _ = own.MapPost(
                "/orgs/{orgId}/people/{personId}/groups/{projectId}",
                async (string personId, string projectId, HttpContext http, OrganizationDesk desk) =>
                {
                    var body = await Body.ReadAsync<RolesRequest>(http.Request).ConfigureAwait(false);
                    await desk.GrantAsync(http.Scope(), personId, projectId, body, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("setPersonRoles", "Gives a person roles in a project, in place of those they had there.")
            .Reads<RolesRequest>()
            .GivesNothing();
    }

    private static async Task<IResult> ListAsync(HttpContext http, OrganizationDesk desk) =>
        new Answer(
            await desk.ListAsync(http.Caller(), PageRequest.Of(http), http.RequestAborted).ConfigureAwait(false)
        );

    private static async Task<IResult> CreateAsync(HttpContext http, OrganizationDesk desk)
    {
        var caller = http.Caller();
        var body = await Body.ReadAsync<NameRequest>(http.Request).ConfigureAwait(false);
        return new Answer(
            await desk.CreateAsync(caller, http.RemoteAddress(), body, http.RequestAborted).ConfigureAwait(false),
            StatusCodes.Status201Created
        );
    }
}
