using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Api;

/// <summary>API keys and their access lists.</summary>
internal static class ApiKeyEndpoints
{
    private const string Keys = "/orgs/{orgId}/apiKeys";
    private const string Addresses = $"{Keys}/{{apiUserId}}/accessList";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2");
        _ = atlas
            .MapGet(
                Keys,
                async (HttpContext http, ApiKeyDesk desk) =>
                    new Answer(
                        await desk.ListAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadOrganization)
            .As("listOrgApiKeys", "The API keys of an organization.")
            .GivesPage<ApiKeyResource>();
        _ = atlas
            .MapPost(Keys, CreateAsync)
            .Needs(Operation.ManageOrganization)
            .As("createOrgApiKey", "Makes an API key; the private one is shown this once.")
            .Reads<ApiKeyRequest>()
            .Gives<ApiKeyResource>();
        _ = atlas
            .MapPost("/groups/{groupId}/apiKeys", CreateAsync)
            .Needs(Operation.ManageProject)
            .As("createGroupApiKey", "Makes an API key with roles in one project.")
            .Reads<ApiKeyRequest>()
            .Gives<ApiKeyResource>();
        _ = atlas
            .MapDelete(
                $"{Keys}/{{apiUserId}}",
                async (string apiUserId, HttpContext http, ApiKeyDesk desk) =>
                {
                    await desk.DeleteAsync(http.Scope(), apiUserId, http.RequestAborted).ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("deleteOrgApiKey", "Deletes an API key.")
            .GivesNothing();
        MapAddresses(atlas);
    }

    private static void MapAddresses(RouteGroupBuilder atlas)
    {
        _ = atlas
            .MapGet(
                Addresses,
                async (string apiUserId, HttpContext http, ApiKeyDesk desk) =>
                    new Answer(
                        await desk.ListAddressesAsync(
                                http.Scope(),
                                apiUserId,
                                PageRequest.Of(http),
                                http.RequestAborted
                            )
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadOrganization)
            .As("listOrgAccessEntries", "The addresses that a key may come from; none means any.")
            .GivesPage<AccessEntryResource>();
        _ = atlas
            .MapPost(
                Addresses,
                async (string apiUserId, HttpContext http, ApiKeyDesk desk) =>
                {
                    var entries = await Body.ReadAsync<IReadOnlyList<AccessEntryRequest>>(http.Request)
                        .ConfigureAwait(false);
                    return new Answer(
                        await desk.AllowAsync(http.Scope(), apiUserId, entries, http.RequestAborted)
                            .ConfigureAwait(false)
                    );
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("createOrgAccessEntry", "Adds addresses that a key may come from.")
            .Reads<IReadOnlyList<AccessEntryRequest>>()
            .GivesPage<AccessEntryResource>();
        _ = atlas
            .MapDelete(
                $"{Addresses}/{{ipAddress}}",
                async (string apiUserId, string ipAddress, HttpContext http, ApiKeyDesk desk) =>
                {
                    // A block's slash comes escaped, and routing leaves it so.
                    await desk.DisallowAsync(
                            http.Scope(),
                            apiUserId,
                            Uri.UnescapeDataString(ipAddress),
                            http.RequestAborted
                        )
                        .ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageOrganization)
            .As("deleteAccessEntry", "Takes an address off a key's list.")
            .GivesNothing();
    }

    private static async Task<IResult> CreateAsync(HttpContext http, ApiKeyDesk desk)
    {
        var body = await Body.ReadAsync<ApiKeyRequest>(http.Request).ConfigureAwait(false);
        return new Answer(await desk.CreateAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false));
    }
}
