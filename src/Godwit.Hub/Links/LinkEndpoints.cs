using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Links;

/// <summary>Link-tokens and what links bring (A02, A03, A10).</summary>
internal static class LinkEndpoints
{
    private const string Tokens = "/orgs/{orgId}/liveMigrations/linkTokens";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        MapAtlas(routes.MapGroup("/api/atlas/v2"));
        var own = routes.MapGroup("/api/godwit/v1");
        _ = own.MapGet(
                "/orgs/{orgId}/links",
                async (HttpContext http, LinkDesk desk) =>
                    new Answer(await desk.ListAsync(http.Scope(), http.RequestAborted).ConfigureAwait(false))
            )
            .Needs(Operation.ReadAvailableProjects)
            .As("listLinks", "The links of an organization.")
            .Gives<IReadOnlyList<LinkResource>>();
        _ = own.MapGet(
                "/orgs/{orgId}/hosts",
                async (HttpContext http, LinkDesk desk) =>
                    new Answer(await desk.ListHostsAsync(http.Scope(), http.RequestAborted).ConfigureAwait(false))
            )
            .Needs(Operation.ReadAvailableProjects)
            .As("listHosts", "The migration hosts of the linked source organizations.")
            .Gives<IReadOnlyList<HostResource>>();
        _ = own.MapPost(
                "/orgs/{orgId}/links/{linkId}/hostKeys",
                async (string linkId, HttpContext http, LinkDesk desk) =>
                    new Answer(
                        await desk.InviteHostAsync(http.Scope(), linkId, http.RequestAborted).ConfigureAwait(false),
                        StatusCodes.Status201Created
                    )
            )
            .Needs(Operation.ManageLinks)
            .As("createHostKey", "Makes a key that lets one further migration host in; it is shown this once.")
            .Gives<HostKeyResource>(StatusCodes.Status201Created);
    }

    private static void MapAtlas(RouteGroupBuilder atlas)
    {
        _ = atlas
            .MapPost(
                Tokens,
                async (HttpContext http, LinkDesk desk) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First);
                    var body = await Body.ReadAsync<TargetOrgRequest>(http.Request).ConfigureAwait(false);
                    return Answer.Of(
                        await desk.CreateTokenAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false),
                        version
                    );
                }
            )
            .Needs(Operation.ManageLinks)
            .As("createOrgLiveMigrationLinkToken", "Makes a link-token; it is shown this once.")
            .InVersions(ApiVersion.First)
            .Reads<TargetOrgRequest>()
            .Gives<TargetOrg>();
        _ = atlas
            .MapDelete(
                Tokens,
                async (HttpContext http, LinkDesk desk, string? sourceOrgId, bool? revokeActive) =>
                {
                    _ = ApiVersion.Of(http.Request, ApiVersion.First);
                    await desk.DeleteAsync(http.Scope(), sourceOrgId, revokeActive ?? false, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageLinks)
            .As("deleteOrgLiveMigrationLinkTokens", "Deletes links; their hosts are let go at once.")
            .InVersions(ApiVersion.First)
            .GivesNothing();
        _ = atlas
            .MapGet(
                "/orgs/{orgId}/liveMigrations/availableProjects",
                async (HttpContext http, LinkDesk desk) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First);
                    return Answer.Of(
                        await desk.ListAvailableAsync(http.Scope(), http.RequestAborted).ConfigureAwait(false),
                        version
                    );
                }
            )
            .Needs(Operation.ReadAvailableProjects)
            .As("listOrgLiveMigrationAvailableProjects", "What the organization's links can migrate.")
            .InVersions(ApiVersion.First)
            .Gives<IReadOnlyList<LiveImportAvailableProject>>();
    }
}
