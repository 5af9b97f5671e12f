using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Validation;

/// <summary>Validations, in Atlas' shape and in Godwit's own with each check (M-075, M-076).</summary>
internal static class ValidationEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var atlas = routes.MapGroup("/api/atlas/v2/groups/{groupId}/liveMigrations/validate");
        _ = atlas
            .MapPost(
                "",
                async (HttpContext http, ValidationDesk desk) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First, ApiVersion.DropDestinationData);
                    var body = await Body.ReadAsync<LiveMigrationRequest>(http.Request).ConfigureAwait(false);
                    var made = await desk.StartAsync(http.Scope(), body, version, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Of(made.ToAtlas(), version);
                }
            )
            .Needs(Operation.Migrate)
            .As("validateGroupLiveMigrations", "Runs every check of a migration; changes nothing.")
            .InVersions(ApiVersion.First, ApiVersion.DropDestinationData)
            .Reads<LiveMigrationRequest>()
            .Gives<LiveImportValidation>();
        _ = atlas
            .MapGet(
                "/{validationId}",
                async (string validationId, HttpContext http, ValidationDesk desk) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First);
                    var found = await desk.GetAsync(http.Scope(), validationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return Answer.Of(found.ToAtlas(), version);
                }
            )
            .Needs(Operation.ReadMigrations)
            .As("getGroupLiveMigrationValidateStatus", "A validation.")
            .InVersions(ApiVersion.First)
            .Gives<LiveImportValidation>();
        var own = routes.MapGroup("/api/godwit/v1/groups/{groupId}/validations");
        _ = own.MapPost(
                "",
                async (HttpContext http, ValidationDesk desk) =>
                {
                    var body = await Body.ReadAsync<LiveMigrationRequest>(http.Request).ConfigureAwait(false);
                    var made = await desk.StartAsync(http.Scope(), body, null, http.RequestAborted)
                        .ConfigureAwait(false);
                    return new Answer(made.ToOwn(), StatusCodes.Status201Created);
                }
            )
            .Needs(Operation.Migrate)
            .As("validateMigration", "Runs every check of a migration; changes nothing.")
            .Reads<LiveMigrationRequest>()
            .Gives<ValidationResource>(StatusCodes.Status201Created);
        _ = own.MapGet(
                "/{validationId}",
                async (string validationId, HttpContext http, ValidationDesk desk) =>
                {
                    var found = await desk.GetAsync(http.Scope(), validationId, http.RequestAborted)
                        .ConfigureAwait(false);
                    return new Answer(found.ToOwn());
                }
            )
            .Needs(Operation.ReadMigrations)
            .As("getValidation", "A validation with each of its checks.")
            .Gives<ValidationResource>();
        _ = own.MapGet(
                "/{validationId}/checklist",
                async (string validationId, HttpContext http, ValidationDesk desk) =>
                    new Answer(
                        await desk.ListTasksAsync(http.Scope(), validationId, http.RequestAborted).ConfigureAwait(false)
                    )
            )
            .Needs(Operation.ReadMigrations)
            .As("getValidationChecklist", "What people see to before a migration as it was validated, and afterwards.")
            .Gives<Checklist>();
    }
}
