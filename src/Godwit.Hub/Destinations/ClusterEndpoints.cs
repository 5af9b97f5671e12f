using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Destinations;

/// <summary>Destination clusters (A01).</summary>
internal static class ClusterEndpoints
{
    private const string Path = "/api/godwit/v1/groups/{groupId}/clusters";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapGet(
                Path,
                async (HttpContext http, ClusterDesk desk) =>
                    new Answer(
                        await desk.ListAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadProject)
            .As("listClusters", "The destination clusters of a project.")
            .GivesPage<ClusterResource>();
        _ = routes
            .MapPost(
                Path,
                async (HttpContext http, ClusterDesk desk) =>
                {
                    var body = await Body.ReadAsync<ClusterRequest>(http.Request).ConfigureAwait(false);
                    return new Answer(
                        await desk.RegisterAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false),
                        StatusCodes.Status201Created
                    );
                }
            )
            .Needs(Operation.ManageProject)
            .As("registerCluster", "Registers a destination by its connection string.")
            .Reads<ClusterRequest>()
            .Gives<ClusterResource>(StatusCodes.Status201Created);
        _ = routes
            .MapGet(
                $"{Path}/{{clusterName}}",
                async (string clusterName, HttpContext http, ClusterDesk desk) =>
                    new Answer(
                        await desk.GetAsync(http.Scope(), clusterName, http.RequestAborted).ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadProject)
            .As("getCluster", "A destination cluster.")
            .Gives<ClusterResource>();
        _ = routes
            .MapPatch(
                $"{Path}/{{clusterName}}",
                async (string clusterName, HttpContext http, ClusterDesk desk) =>
                {
                    var body = await Body.ReadAsync<ClusterChangeRequest>(http.Request).ConfigureAwait(false);
                    return new Answer(
                        await desk.ChangeAsync(http.Scope(), clusterName, body, http.RequestAborted)
                            .ConfigureAwait(false)
                    );
                }
            )
            .Needs(Operation.ManageProject)
            .As("changeCluster", "Takes another way to a destination, or another user.")
            .Reads<ClusterChangeRequest>()
            .Gives<ClusterResource>();
        MapTemporaryUsers(routes);
        _ = routes
            .MapDelete(
                $"{Path}/{{clusterName}}",
                async (string clusterName, HttpContext http, ClusterDesk desk) =>
                {
                    await desk.RemoveAsync(http.Scope(), clusterName, http.RequestAborted).ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageProject)
            .As("removeCluster", "Forgets a destination; the cluster itself is not touched.")
            .GivesNothing();
    }

    private static void MapTemporaryUsers(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapGet(
                $"{Path}/{{clusterName}}/temporaryUsers",
                async (string clusterName, HttpContext http, TemporaryUserDesk desk) =>
                    new Answer(
                        await desk.ListAsync(http.Scope(), clusterName, http.RequestAborted).ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadProject)
            .As("listTemporaryUsers", "The temporary users that a destination has now, those left behind included.")
            .Gives<IReadOnlyList<TemporaryUserResource>>();
        _ = routes
            .MapDelete(
                $"{Path}/{{clusterName}}/temporaryUsers/{{userName}}",
                async (string clusterName, string userName, HttpContext http, TemporaryUserDesk desk) =>
                {
                    await desk.RemoveAsync(http.Scope(), clusterName, userName, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageProject)
            .As("removeTemporaryUser", "Removes a temporary user that was left behind.")
            .GivesNothing();
    }
}
