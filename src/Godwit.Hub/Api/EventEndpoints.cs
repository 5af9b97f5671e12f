using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Godwit.Contracts;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Migrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Api;

/// <summary>The audit log, and a migration's state as it changes (F04).</summary>
internal static class EventEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2");
        _ = atlas
            .MapGet(
                "/orgs/{orgId}/events",
                async (HttpContext http, EventDesk desk) =>
                    new Answer(
                        await desk.OfOrganizationAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadOrganization)
            .As("listOrgEvents", "What was done in an organization, newest first.")
            .GivesPage<EventResource>();
        _ = atlas
            .MapGet(
                "/groups/{groupId}/events",
                async (HttpContext http, EventDesk desk) =>
                    new Answer(
                        await desk.OfProjectAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadMigrations)
            .As("listGroupEvents", "What was done in a project, newest first.")
            .GivesPage<EventResource>();
        var own = routes.MapGroup("/api/godwit/v1/groups/{groupId}/migrations/{liveMigrationId}");
        _ = own.MapGet(
                "/events",
                async (string liveMigrationId, HttpContext http, MigrationDesk migrations, EventDesk desk) =>
                {
                    var found = await migrations
                        .GetAsync(http.Scope(), liveMigrationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return new Answer(
                        await desk.OfMigrationAsync(
                                http.Scope(),
                                found.State.Id,
                                PageRequest.Of(http),
                                http.RequestAborted
                            )
                            .ConfigureAwait(false)
                    );
                }
            )
            .Needs(Operation.ReadMigrations)
            .As("listMigrationEvents", "What happened to a migration, newest first.")
            .GivesPage<EventResource>();
        _ = own.MapGet(
                "/stream",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    var states = await desk.FollowAsync(http.Scope(), liveMigrationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return TypedResults.ServerSentEvents(WriteAsync(states, http.RequestAborted));
                }
            )
            .Needs(Operation.ReadMigrations)
            .As("streamMigration", "The migration now and each time it changes, as server-sent events.");
    }

    private static async IAsyncEnumerable<SseItem<string>> WriteAsync(
        IAsyncEnumerable<MigrationResource> states,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var state in states.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return new(ApiJson.Write(state), "migration");
        }
    }
}
