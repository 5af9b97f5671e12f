using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Providers;

/// <summary>A project's connection with Atlas.</summary>
internal static class AtlasEndpoints
{
    private const string Path = "/api/godwit/v1/groups/{groupId}/atlas";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapPut(
                Path,
                async (HttpContext http, AtlasDesk desk) =>
                {
                    var body = await Body.ReadAsync<AtlasAccountRequest>(http.Request).ConfigureAwait(false);
                    return new Answer(
                        await desk.ConnectAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false)
                    );
                }
            )
            .Needs(Operation.ManageProject)
            .As("connectAtlas", "Connects the project with one of Atlas, whose clusters become destinations.")
            .Reads<AtlasAccountRequest>()
            .Gives<AtlasAccountResource>();
        _ = routes
            .MapGet(
                Path,
                async (HttpContext http, AtlasDesk desk) =>
                    new Answer(await desk.GetAsync(http.Scope(), http.RequestAborted).ConfigureAwait(false))
            )
            .Needs(Operation.ReadProject)
            .As("getAtlas", "The project's connection with Atlas.")
            .Gives<AtlasAccountResource>();
        _ = routes
            .MapPost(
                $"{Path}/refresh",
                async (HttpContext http, AtlasDesk desk) =>
                    new Answer(await desk.RefreshAsync(http.Scope(), http.RequestAborted).ConfigureAwait(false))
            )
            .Needs(Operation.ManageProject)
            .As("refreshAtlas", "Looks for the project's clusters in Atlas anew.")
            .Gives<AtlasAccountResource>();
        _ = routes
            .MapDelete(
                Path,
                async (HttpContext http, AtlasDesk desk) =>
                {
                    await desk.DisconnectAsync(http.Scope(), http.RequestAborted).ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageProject)
            .As("disconnectAtlas", "Forgets the connection with Atlas and its clusters; nothing there is touched.")
            .GivesNothing();
    }
}
