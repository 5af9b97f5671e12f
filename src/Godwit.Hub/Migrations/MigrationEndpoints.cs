using Godwit.Contracts;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Migrations;

/// <summary>Migrations: creating and looking at them, in Atlas' shape and in Godwit's own.</summary>
internal static class MigrationEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2/groups/{groupId}/liveMigrations");
        _ = atlas
            .MapPost(
                "",
                async (HttpContext http, PlanReader reader, MigrationStarter starter, HubDatabase database) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First, ApiVersion.DropDestinationData);
                    var plan = await reader.ReadAsync(http, version).ConfigureAwait(false);
                    var state = await starter.StartAsync(http, plan).ConfigureAwait(false);
                    var view = new MigrationView(await FindAsync(state.Id, http, database).ConfigureAwait(false));
                    return Answer.Of(view.ToAtlas(), version, StatusCodes.Status201Created);
                }
            )
            .Needs(Operation.Migrate);
        _ = atlas
            .MapGet(
                "/{liveMigrationId}",
                async (string liveMigrationId, HttpContext http, HubDatabase database) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First);
                    var record = await FindAsync(liveMigrationId, http, database).ConfigureAwait(false);
                    return Answer.Of(new MigrationView(record).ToAtlas(), version);
                }
            )
            .Needs(Operation.ReadMigrations);
        var own = routes.MapGroup("/api/godwit/v1/groups/{groupId}/migrations");
        _ = own.MapPost(
                "",
                async (HttpContext http, PlanReader reader, MigrationStarter starter, HubDatabase database) =>
                {
                    var plan = await reader.ReadAsync(http, null).ConfigureAwait(false);
                    var state = await starter.StartAsync(http, plan).ConfigureAwait(false);
                    var view = new MigrationView(await FindAsync(state.Id, http, database).ConfigureAwait(false));
                    return new Answer(view.ToOwn(), StatusCodes.Status201Created);
                }
            )
            .Needs(Operation.Migrate);
        _ = own.MapGet("", ListAsync).Needs(Operation.ReadMigrations);
        _ = own.MapGet(
                "/{liveMigrationId}",
                async (string liveMigrationId, HttpContext http, HubDatabase database) =>
                    new Answer(
                        new MigrationView(
                            await FindAsync(liveMigrationId, http, database).ConfigureAwait(false)
                        ).ToOwn()
                    )
            )
            .Needs(Operation.ReadMigrations);
        _ = own.MapGet("/{liveMigrationId}/report", ReportAsync).Needs(Operation.ReadMigrations);
    }

    /// <summary>The record of a migration in the project of the path.</summary>
    internal static async Task<MigrationRecord> FindAsync(string id, HttpContext http, HubDatabase database)
    {
        if (!ObjectIds.IsValid(id))
        {
            throw Refusal.BadRequest("INVALID_ID", $"'{id}' is no id: 24 hexadecimal digits.");
        }

        var record = await database.Migrations.FindAsync([id], http.RequestAborted).ConfigureAwait(false);
        return record?.ProjectId == http.Scope().Group.Id ? record : throw Refusal.NotFound("live migration", id);
    }

    private static async Task<IResult> ListAsync(HttpContext http, HubDatabase database)
    {
        var projectId = http.Scope().Group.Id;
        var records = database
            .Migrations.Where(one => one.ProjectId == projectId)
            .OrderByDescending(one => one.IsActive)
            .ThenByDescending(one => one.CreatedAt);
        return new Answer(
            await Paging.ReadAsync(http, records, record => new MigrationView(record).ToOwn()).ConfigureAwait(false)
        );
    }

    private static async Task<IResult> ReportAsync(string liveMigrationId, HttpContext http, HubDatabase database)
    {
        var record = await FindAsync(liveMigrationId, http, database).ConfigureAwait(false);
        return new MigrationView(record).Report?.Report is { } report
            ? Results.Text(report, ApiVersion.PlainType)
            : throw Refusal.NotFound("report of live migration", liveMigrationId);
    }
}
