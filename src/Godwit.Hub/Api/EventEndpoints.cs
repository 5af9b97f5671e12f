using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Data;
using Godwit.Hub.Migrations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>The audit log, and a migration's state as it changes (F04).</summary>
internal static class EventEndpoints
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2");
        _ = atlas
            .MapGet(
                "/orgs/{orgId}/events",
                (HttpContext http, HubDatabase database) =>
                    ListAsync(http, database.Events.Where(one => one.OrganizationId == http.Scope().Organization.Id))
            )
            .Needs(Operation.ReadOrganization);
        _ = atlas
            .MapGet(
                "/groups/{groupId}/events",
                (HttpContext http, HubDatabase database) =>
                    ListAsync(http, database.Events.Where(one => one.ProjectId == http.Scope().Group.Id))
            )
            .Needs(Operation.ReadMigrations);
        var own = routes.MapGroup("/api/godwit/v1/groups/{groupId}/migrations/{liveMigrationId}");
        _ = own.MapGet(
                "/events",
                async (string liveMigrationId, HttpContext http, HubDatabase database) =>
                {
                    var record = await MigrationEndpoints
                        .FindAsync(liveMigrationId, http, database)
                        .ConfigureAwait(false);
                    return await ListAsync(http, database.Events.Where(one => one.MigrationId == record.Id))
                        .ConfigureAwait(false);
                }
            )
            .Needs(Operation.ReadMigrations);
        _ = own.MapGet(
                "/stream",
                async (
                    string liveMigrationId,
                    HttpContext http,
                    HubDatabase database,
                    IDbContextFactory<HubDatabase> databases,
                    TimeProvider time
                ) =>
                {
                    var record = await MigrationEndpoints
                        .FindAsync(liveMigrationId, http, database)
                        .ConfigureAwait(false);
                    return TypedResults.ServerSentEvents(FollowAsync(record.Id, databases, time, http.RequestAborted));
                }
            )
            .Needs(Operation.ReadMigrations);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IQueryable<AuditEvent> events) =>
        new Answer(
            await Paging
                .ReadAsync(http, events.OrderByDescending(one => one.CreatedAt).ThenByDescending(one => one.Id), Show)
                .ConfigureAwait(false)
        );

    /// <summary>The state now, and again each time it is another one, until the migration has ended.</summary>
    private static async IAsyncEnumerable<SseItem<string>> FollowAsync(
        string id,
        IDbContextFactory<HubDatabase> databases,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        for (var shown = ""; ; )
        {
            var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            MigrationView view;
            await using (database.ConfigureAwait(false))
            {
                view = new(
                    await database
                        .Migrations.AsNoTracking()
                        .FirstAsync(one => one.Id == id, cancellationToken)
                        .ConfigureAwait(false)
                );
            }

            var text = ApiJson.Write(view.ToOwn());
            if (text != shown)
            {
                shown = text;
                yield return new(text, "migration");
            }

            if (view.State.Stage == MigrationStage.Ended)
            {
                yield break;
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static object Show(AuditEvent one) =>
        new
        {
            one.Id,
            EventTypeName = one.Type,
            Created = one.CreatedAt,
            OrgId = one.OrganizationId,
            GroupId = one.ProjectId,
            LiveMigrationId = one.MigrationId,
            ActorId = one.ActorId,
            ActorName = one.ActorName,
            one.RemoteAddress,
            Details = JsonNode.Parse(one.Details),
        };
}
