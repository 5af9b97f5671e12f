using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Support;

/// <summary>Metrics and support bundles.</summary>
internal static class SupportEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapGet(
                "/api/godwit/v1/orgs/{orgId}/metrics",
                async (HttpContext http, MetricsDesk desk) =>
                    Results.Text(
                        await desk.WriteAsync(http.Scope(), http.RequestAborted).ConfigureAwait(false),
                        MetricsDesk.ContentType
                    )
            )
            .Needs(Operation.ReadOrganizationMetrics)
            .As("getMetrics", "Migrations and hosts of an organization as Prometheus reads them.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        _ = routes
            .MapGet(
                "/api/godwit/v1/groups/{groupId}/migrations/{liveMigrationId}/support",
                async (string liveMigrationId, HttpContext http, SupportDesk desk) =>
                    Results.File(
                        await desk.PackAsync(http.Scope(), liveMigrationId, http.RequestAborted).ConfigureAwait(false),
                        "application/zip",
                        $"godwit-{liveMigrationId}.zip"
                    )
            )
            .Needs(Operation.PackSupport)
            .As("getMigrationSupport", "What is known of a migration, without secrets, as an archive.")
            .Produces<byte[]>(StatusCodes.Status200OK, "application/zip");
        _ = routes
            .MapPost(
                "/api/godwit/v1/groups/{groupId}/supportRequests",
                async (HttpContext http, SupportDesk desk) =>
                {
                    var body = await Body.ReadAsync<SupportRequest>(http.Request).ConfigureAwait(false);
                    await desk.RequestAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false);
                    return Answer.Nothing(StatusCodes.Status202Accepted);
                }
            )
            .Needs(Operation.PackSupport)
            .As("createSupportRequest", "Asks for help by mail, with what is known of a migration.")
            .Reads<SupportRequest>()
            .GivesNothing(StatusCodes.Status202Accepted);
    }
}
