using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Requests;
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
                async (HttpContext http, PlanReader reader, ValidationStarter starter) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First, ApiVersion.DropDestinationData);
                    var plan = await reader.ReadAsync(http, version).ConfigureAwait(false);
                    var (id, state) = await starter.StartAsync(http, plan).ConfigureAwait(false);
                    return Answer.Of(Show(id, http.Scope().Group.Id, state), version);
                }
            )
            .Needs(Operation.Migrate);
        _ = atlas
            .MapGet(
                "/{validationId}",
                async (string validationId, HttpContext http, HubDatabase database) =>
                {
                    var version = ApiVersion.Of(http.Request, ApiVersion.First);
                    var state = await FindAsync(validationId, http, database).ConfigureAwait(false);
                    return Answer.Of(Show(validationId, http.Scope().Group.Id, state), version);
                }
            )
            .Needs(Operation.ReadMigrations);
        var own = routes.MapGroup("/api/godwit/v1/groups/{groupId}/validations");
        _ = own.MapPost(
                "",
                async (HttpContext http, PlanReader reader, ValidationStarter starter) =>
                {
                    var plan = await reader.ReadAsync(http, null).ConfigureAwait(false);
                    var (id, state) = await starter.StartAsync(http, plan).ConfigureAwait(false);
                    return new Answer(ShowWhole(id, state), StatusCodes.Status201Created);
                }
            )
            .Needs(Operation.Migrate);
        _ = own.MapGet(
                "/{validationId}",
                async (string validationId, HttpContext http, HubDatabase database) =>
                    new Answer(
                        ShowWhole(validationId, await FindAsync(validationId, http, database).ConfigureAwait(false))
                    )
            )
            .Needs(Operation.ReadMigrations);
    }

    private static async Task<ValidationState> FindAsync(string id, HttpContext http, HubDatabase database)
    {
        if (!ObjectIds.IsValid(id))
        {
            throw Refusal.BadRequest("INVALID_ID", $"'{id}' is no id: 24 hexadecimal digits.");
        }

        var record = await database.Validations.FindAsync([id], http.RequestAborted).ConfigureAwait(false);
        return record?.ProjectId == http.Scope().Group.Id
            ? ApiJson.Read<ValidationState>(record.State)
            : throw Refusal.NotFound("validation", id);
    }

    private static LiveImportValidation Show(string id, string groupId, ValidationState state) =>
        new()
        {
            Id = id,
            GroupId = groupId,
            SourceGroupId = state.Plan.Source.ProjectId,
            Status = state.Status,
            ErrorMessage = state.ErrorMessage,
        };

    private static object ShowWhole(string id, ValidationState state) =>
        new
        {
            Id = id,
            state.Status,
            state.Checks,
            MigrationHost = state.Plan.HostName,
            SourceCluster = state.Plan.Source.ClusterName,
            DestinationCluster = state.Plan.ClusterName,
            state.SourceIdentity,
            state.DestinationIdentity,
            Created = state.CreatedAt,
            Finished = state.FinishedAt,
            Lapses = state.FinishedAt + ValidationState.Lifetime,
        };
}

/// <summary>Records a new validation.</summary>
internal sealed class ValidationStarter(
    HubDatabase database,
    SelfManagedAccess access,
    WorkBell bell,
    TimeProvider time
)
{
    internal async Task<(string Id, ValidationState State)> StartAsync(HttpContext http, MigrationPlan plan)
    {
        var state = new ValidationState
        {
            Plan = plan,
            Stage = plan.HasUsers ? ValidationStage.Granting : ValidationStage.Running,
            SealedPassword = plan.HasUsers ? access.NewPassword() : null,
            CreatedAt = time.GetUtcNow(),
        };
        var record = new ValidationRecord
        {
            Id = ObjectIds.New(time),
            ProjectId = http.Scope().Group.Id,
            HostId = plan.HostId,
            IsActive = true,
            State = ApiJson.Write(state),
            CreatedAt = state.CreatedAt,
        };
        _ = database.Add(record);
        Audit.Add(http, database, time, "LIVE_MIGRATION_VALIDATION_STARTED", new { record.Id, plan.ClusterName });
        _ = await database.SaveChangesAsync(http.RequestAborted).ConfigureAwait(false);
        bell.Ring();
        return (record.Id, state);
    }
}
