using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Requests;

namespace Godwit.Hub.Validation;

/// <summary>Validations: starting and looking at them.</summary>
internal sealed class ValidationDesk(
    HubDatabase database,
    PlanReader plans,
    SelfManagedAccess access,
    WorkBell bell,
    TimeProvider time
)
{
    /// <summary>Starts the checks.</summary>
    /// <param name="scope">Of the project.</param>
    /// <param name="request">What a migration would be asked for with.</param>
    /// <param name="version">The Atlas version of the request; <see langword="null"/> for Godwit's own.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<Validated> StartAsync(
        Scope scope,
        LiveMigrationRequest request,
        ApiVersion? version,
        CancellationToken cancellationToken
    )
    {
        scope.Require(Operation.Migrate);
        var plan = await plans.ReadAsync(scope, request, version, cancellationToken).ConfigureAwait(false);
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
            ProjectId = scope.Group.Id,
            HostId = plan.HostId,
            IsActive = true,
            State = ApiJson.Write(state),
            CreatedAt = state.CreatedAt,
        };
        _ = database.Add(record);
        Audit.Add(scope, database, time, "LIVE_MIGRATION_VALIDATION_STARTED", new { record.Id, plan.ClusterName });
        _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        bell.Ring();
        return new(record.Id, record.ProjectId, state);
    }

    /// <summary>What people see to around a migration as it was validated (P20).</summary>
    internal async Task<Checklist> ListTasksAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        var plan = (await GetAsync(scope, id, cancellationToken).ConfigureAwait(false)).State.Plan;
        return await Migrations
            .Checklists.OfAsync(database, scope.Group.Id, plan, null, cancellationToken)
            .ConfigureAwait(false);
    }

    internal async Task<Validated> GetAsync(Scope scope, string id, CancellationToken cancellationToken)
    {
        scope.Require(Operation.ReadMigrations);
        if (!ObjectIds.IsValid(id))
        {
            throw Refusal.BadRequest("INVALID_ID", $"'{id}' is no id: 24 hexadecimal digits.");
        }

        var record = await database.Validations.FindAsync([id], cancellationToken).ConfigureAwait(false);
        return record?.ProjectId == scope.Group.Id
            ? new(id, record.ProjectId, ApiJson.Read<ValidationState>(record.State))
            : throw Refusal.NotFound("validation", id);
    }
}

/// <summary>A validation as it is shown.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ProjectId">The destination's project.</param>
/// <param name="State">What it is.</param>
internal sealed record Validated(string Id, string ProjectId, ValidationState State)
{
    /// <summary>In Atlas' shape: one message for all that has failed.</summary>
    internal LiveImportValidation ToAtlas() =>
        new()
        {
            Id = Id,
            GroupId = ProjectId,
            SourceGroupId = State.Plan.Source.ProjectId,
            Status = State.Status,
            ErrorMessage = State.ErrorMessage,
        };

    /// <summary>With each check (M-076).</summary>
    internal ValidationResource ToOwn() =>
        new()
        {
            Id = Id,
            Status = State.Status,
            Checks = State.Checks,
            MigrationHost = State.Plan.HostName,
            SourceCluster = State.Plan.Source.ClusterName,
            DestinationCluster = State.Plan.ClusterName,
            ToClear = State.ToClear,
            SourceIdentity = State.SourceIdentity,
            DestinationIdentity = State.DestinationIdentity,
            Created = State.CreatedAt,
            Finished = State.FinishedAt,
            Lapses = State.FinishedAt + ValidationState.Lifetime,
        };
}
