using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Migrations;

/// <summary>Migrations: creating and looking at them, in Atlas' shape and in Godwit's own.</summary>
internal static class MigrationEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        MapAtlas(routes.MapGroup("/api/atlas/v2/groups/{groupId}/liveMigrations"));
        var own = routes.MapGroup("/api/godwit/v1/groups/{groupId}/migrations");
        _ = own.MapPost(
                "",
                async (HttpContext http, MigrationDesk desk) =>
                {
                    var body = await Body.ReadAsync<LiveMigrationRequest>(http.Request).ConfigureAwait(false);
                    var made = await desk.CreateAsync(http.Scope(), body, null, http.RequestAborted)
                        .ConfigureAwait(false);
                    return new Answer(made.ToOwn(), StatusCodes.Status201Created);
                }
            )
            .Needs(Operation.Migrate)
            .As("createMigration", "Starts a migration.")
            .Reads<LiveMigrationRequest>()
            .Gives<MigrationResource>(StatusCodes.Status201Created);
        _ = own.MapGet(
                "",
                async (HttpContext http, MigrationDesk desk) =>
                    new Answer(
                        await desk.ListAsync(http.Scope(), PageRequest.Of(http), http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadMigrations)
            .As("listMigrations", "The migrations of a project, those under way first.")
            .GivesPage<MigrationResource>();
        _ = own.MapGet(
                "/{liveMigrationId}",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    var found = await desk.GetAsync(http.Scope(), liveMigrationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return new Answer(found.ToOwn());
                }
            )
            .Needs(Operation.ReadMigrations)
            .As("getMigration", "A migration with its progress.")
            .Gives<MigrationResource>();
        _ = own.MapGet(
                "/{liveMigrationId}/collections",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                    new Answer(
                        await desk.ListCollectionsAsync(
                                http.Scope(),
                                liveMigrationId,
                                http.Request.Query["search"].ToString(),
                                PageRequest.Of(http),
                                http.RequestAborted
                            )
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadMigrations)
            .As(
                "listMigrationCollections",
                "Every collection of a migration, those that are not copied first; by a part of their names with search."
            )
            .GivesPage<ReportedCollection>();
        _ = own.MapGet(
                "/{liveMigrationId}/checklist",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                    new Answer(
                        await desk.ListTasksAsync(http.Scope(), liveMigrationId, http.RequestAborted)
                            .ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadMigrations)
            .As("getMigrationChecklist", "What people see to before the start, before the cutover, and afterwards.")
            .Gives<Checklist>();
        _ = own.MapGet(
                "/{liveMigrationId}/report",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    var found = await desk.GetAsync(http.Scope(), liveMigrationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return found.Report?.Report is { } report
                        ? Results.Text(report, ApiVersion.PlainType)
                        : throw Refusal.NotFound("report of live migration", liveMigrationId);
                }
            )
            .Needs(Operation.ReadMigrations)
            .As("getMigrationReport", "What was moved, compared and proven, once a migration has ended.")
            .Gives<System.Text.Json.Nodes.JsonObject>();
    }

    private static void MapAtlas(RouteGroupBuilder atlas)
    {
        _ = atlas
            .MapPost(
                "",
                async (HttpContext http, MigrationDesk desk) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First, ApiVersion.DropDestinationData);
                    var body = await Body.ReadAsync<LiveMigrationRequest>(http.Request).ConfigureAwait(false);
                    var made = await desk.CreateAsync(http.Scope(), body, version, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Of(made.ToAtlas(), version, StatusCodes.Status201Created);
                }
            )
            .Needs(Operation.Migrate)
            .As("createGroupLiveMigration", "Starts a migration.")
            .InVersions(ApiVersion.First, ApiVersion.DropDestinationData)
            .Reads<LiveMigrationRequest>()
            .Gives<LiveMigrationResponse>(StatusCodes.Status201Created);
        _ = atlas
            .MapGet(
                "/{liveMigrationId}",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First);
                    var found = await desk.GetAsync(http.Scope(), liveMigrationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Of(found.ToAtlas(), version);
                }
            )
            .Needs(Operation.ReadMigrations)
            .As("getGroupLiveMigration", "A migration.")
            .InVersions(ApiVersion.First)
            .Gives<LiveMigrationResponse>();
        _ = atlas
            .MapPut(
                "/{liveMigrationId}/cutover",
                async (string liveMigrationId, HttpContext http, MigrationDesk desk) =>
                {
                    _ = ApiVersion.Of(http.Request, ApiVersion.First);
                    _ = await desk.CutOverAsync(http.Scope(), liveMigrationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Nothing(StatusCodes.Status202Accepted);
                }
            )
            .Needs(Operation.Migrate)
            .As("cutoverGroupLiveMigration", "Cuts over a migration that is in sync.")
            .InVersions(ApiVersion.First)
            .GivesNothing(StatusCodes.Status202Accepted);
    }
}
