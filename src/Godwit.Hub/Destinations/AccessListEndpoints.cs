using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Destinations;

/// <summary>A project's access list, at Atlas' paths (B07).</summary>
internal static class AccessListEndpoints
{
    private const string Path = "/api/atlas/v2/groups/{groupId}/accessList";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapGet(
                Path,
                async (HttpContext http, AccessListDesk desk) =>
                    new Answer(
                        await desk.ListAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadProject)
            .As("listProjectIpAccessLists", "The addresses that migrations may reach a project's clusters from.")
            .GivesPage<ProjectAccessResource>();
        _ = routes
            .MapPost(
                Path,
                async (HttpContext http, AccessListDesk desk) =>
                {
                    var entries = await Body.ReadAsync<IReadOnlyList<ProjectAccessRequest>>(http.Request)
                        .ConfigureAwait(false);
                    return new Answer(
                        await desk.AddAsync(http.Scope(), entries, http.RequestAborted).ConfigureAwait(false)
                    );
                }
            )
            .Needs(Operation.ManageAccessList)
            .As("createProjectIpAccessList", "Adds addresses to a project's access list.")
            .Reads<IReadOnlyList<ProjectAccessRequest>>()
            .GivesPage<ProjectAccessResource>();
        _ = routes
            .MapDelete(
                $"{Path}/{{entryValue}}",
                async (string entryValue, HttpContext http, AccessListDesk desk) =>
                {
                    // A block's slash comes escaped, and routing leaves it so.
                    await desk.RemoveAsync(http.Scope(), Uri.UnescapeDataString(entryValue), http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageAccessList)
            .As("deleteProjectIpAccessList", "Takes an address off a project's access list.")
            .GivesNothing();
    }
}
