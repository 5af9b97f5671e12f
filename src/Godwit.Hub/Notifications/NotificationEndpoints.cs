using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Notifications;

/// <summary>Who is told of a project's migrations, and what became of each message.</summary>
internal static class NotificationEndpoints
{
    private const string Path = "/api/godwit/v1/groups/{groupId}/notifications";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        _ = routes
            .MapGet(
                Path,
                async (HttpContext http, NotificationDesk desk) =>
                    new Answer(
                        await desk.ListAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadMigrations)
            .As("listNotificationTargets", "Who is told of a project's migrations.")
            .GivesPage<NotificationTargetResource>();
        _ = routes
            .MapPost(
                Path,
                async (HttpContext http, NotificationDesk desk) =>
                {
                    var body = await Body.ReadAsync<NotificationTargetRequest>(http.Request).ConfigureAwait(false);
                    return new Answer(
                        await desk.AddAsync(http.Scope(), body, http.RequestAborted).ConfigureAwait(false),
                        StatusCodes.Status201Created
                    );
                }
            )
            .Needs(Operation.ManageProject)
            .As("addNotificationTarget", "Adds a mail address or webhook; a webhook's secret is shown this once.")
            .Reads<NotificationTargetRequest>()
            .Gives<NotificationTargetResource>(StatusCodes.Status201Created);
        _ = routes
            .MapDelete(
                $"{Path}/{{targetId}}",
                async (string targetId, HttpContext http, NotificationDesk desk) =>
                {
                    await desk.RemoveAsync(http.Scope(), targetId, http.RequestAborted).ConfigureAwait(false);
                    return Answer.Nothing();
                }
            )
            .Needs(Operation.ManageProject)
            .As("removeNotificationTarget", "Removes a target.")
            .GivesNothing();
        _ = routes
            .MapGet(
                $"{Path}/deliveries",
                async (HttpContext http, NotificationDesk desk) =>
                    new Answer(
                        await desk.ListDeliveriesAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadMigrations)
            .As("listDeliveries", "What became of each message, newest first.")
            .GivesPage<DeliveryResource>();
    }
}
