using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Api;

/// <summary>Service accounts, at Atlas' paths.</summary>
internal static class ServiceAccountEndpoints
{
    private const string Path = "/api/atlas/v2/orgs/{orgId}/serviceAccounts";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapGet(
                Path,
                async (HttpContext http, ServiceAccountDesk desk) =>
                    new Answer(
                        await desk.ListAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadOrganization)
            .As("listOrgServiceAccounts", "The service accounts of an organization.")
            .GivesPage<ServiceAccountResource>();
        _ = routes
            .MapPost(
                Path,
                async (HttpContext http, ServiceAccountDesk desk) =>
                {
                    var body = await Body.ReadAsync<ServiceAccountRequest>(http.Request).ConfigureAwait(false);
                    return new Answer(
                        await desk.CreateAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false),
                        StatusCodes.Status201Created
                    );
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("createOrgServiceAccount", "Makes a service account; its secret is shown this once.")
            .Reads<ServiceAccountRequest>()
            .Gives<ServiceAccountResource>(StatusCodes.Status201Created);
        _ = routes
            .MapDelete(
                $"{Path}/{{clientId}}",
                async (string clientId, HttpContext http, ServiceAccountDesk desk) =>
                {
                    await desk.DeleteAsync(http.Scope(), clientId, http.RequestAborted).ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("deleteOrgServiceAccount", "Deletes a service account; its tokens end at once.")
            .GivesNothing();
    }
}
