using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Requests;
using Godwit.Hub.Validation;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Migrations;

/// <summary>Records a new migration: one at a time to a destination and on a host.</summary>
internal sealed class MigrationStarter(
    HubDatabase database,
    SelfManagedAccess access,
    ConnectedHosts connected,
    WorkBell bell,
    TimeProvider time
)
{
    private const string BusyCode = "LIVE_MIGRATION_ALREADY_ACTIVE";

    internal async Task<MigrationState> StartAsync(Scope scope, MigrationPlan plan, CancellationToken cancellationToken)
    {
        await RequireFreeAsync(plan, cancellationToken).ConfigureAwait(false);
        await RequireStatisticsAsync(plan, cancellationToken).ConfigureAwait(false);
        var validated = await FindValidationAsync(scope, plan, cancellationToken).ConfigureAwait(false);
        if (plan.ClearsDestination && validated?.ToClear is null)
        {
            throw Refusal.Conflict(
                "LIVE_MIGRATION_VALIDATION_NEEDED",
                $"What {plan.ClusterName} holds is dropped as a validation has listed it: validate the same request first."
            );
        }

        var state = New(plan) with
        {
            SourceIdentity = validated?.SourceIdentity,
            DestinationIdentity = validated?.DestinationIdentity,
            ToClear = plan.ClearsDestination ? validated?.ToClear : null,
        };
        return await RecordAsync(scope, state, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Begins the way back of a migration that was cut over (S29): another migration, by the same host.</summary>
    internal async Task<MigrationState> ReverseAsync(
        Scope scope,
        MigrationState ended,
        CancellationToken cancellationToken
    )
    {
        var plan = ended.Plan with
        {
            ReversesId = ended.Id,
            IsBackwards = !ended.Plan.IsBackwards,
            // As it was asked for: who wanted writes stopped at the first cutover wants it at this one.
            BlocksSource = ended.Plan is { BlocksSource: true, HasUsers: true },
            CopiesUsers = false,
            ClearsDestination = false,
            ClearNamespaces = "",
            Sharding = null,
        };
        await RequireFreeAsync(plan, cancellationToken).ConfigureAwait(false);
        var state = New(plan) with
        {
            SourceIdentity = ended.DestinationIdentity,
            DestinationIdentity = ended.SourceIdentity,
        };
        return await RecordAsync(scope, state, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="Refusal">A migration to the destination is active, or the host has enough to do.</exception>
    internal async Task RequireFreeAsync(MigrationPlan plan, CancellationToken cancellationToken)
    {
        var same = await database
            .Migrations.FirstOrDefaultAsync(one => one.ActiveClusterId == plan.ClusterId, cancellationToken)
            .ConfigureAwait(false);
        if (same is not null)
        {
            throw new Refusal(
                StatusCodes.Status409Conflict,
                BusyCode,
                $"Migration {same.Id} to {plan.ClusterName} is active: a destination takes one at a time."
            )
            {
                Parameters = [same.Id],
            };
        }

        await RequireHostFreeAsync(database, plan.HostId, plan.HostName, cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="Refusal">The host has as many migrations as it takes.</exception>
    internal static async Task RequireHostFreeAsync(
        HubDatabase database,
        string hostId,
        string hostName,
        CancellationToken cancellationToken
    )
    {
        var busy = await database
            .Migrations.Where(one => one.IsActive && one.HostId == hostId)
            .Select(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var host = await database
            .Hosts.AsNoTracking()
            .FirstAsync(one => one.Id == hostId, cancellationToken)
            .ConfigureAwait(false);
        OutdatedHosts.RequireSupported(host);
        var most = Math.Max(1, ApiJson.Read<HostReport>(host.Report).MigrationsMax);
        if (busy.Count >= most)
        {
            throw new Refusal(
                StatusCodes.Status409Conflict,
                "MIGRATION_HOST_BUSY",
                $"The host {hostName} is carrying out {string.Join(", ", busy)}: it takes {most} at a time. More are allowed on the host itself: godwit agent limit --migrations N"
            )
            {
                Parameters = [.. busy],
            };
        }
    }

    /// <summary>The host repeats its own checks at the start (P17); this one is the Hub's.</summary>
    private async Task RequireStatisticsAsync(MigrationPlan plan, CancellationToken cancellationToken)
    {
        var project = await database
            .Projects.AsNoTracking()
            .FirstAsync(one => one.Id == plan.Source.ProjectId, cancellationToken)
            .ConfigureAwait(false);
        if (!project.CollectsStatistics)
        {
            var check = SourceSettings.Check(project);
            throw Refusal.Conflict("STATISTICS_NOT_COLLECTED", $"{check.Message} {check.Remedy}");
        }
    }

    private MigrationState New(MigrationPlan plan) =>
        new()
        {
            Id = ObjectIds.New(time),
            Plan = plan,
            Stage = plan.HasUsers ? MigrationStage.Granting : MigrationStage.Running,
            SealedPassword = plan.HasUsers ? access.NewPassword() : null,
            CreatedAt = time.GetUtcNow(),
        };

    private async Task<MigrationState> RecordAsync(
        Scope scope,
        MigrationState state,
        CancellationToken cancellationToken
    )
    {
        var plan = state.Plan;
        _ = database.Add(
            new MigrationRecord
            {
                Id = state.Id,
                ProjectId = scope.Group.Id,
                SourceOrganizationId = plan.SourceOrganizationId,
                HostId = plan.HostId,
                ActiveClusterId = plan.ClusterId,
                IsActive = true,
                State = ApiJson.Write(state),
                CreatedAt = state.CreatedAt,
            }
        );
        Audit.Add(
            scope,
            database,
            time,
            "CLUSTER_IMPORT_STARTED",
            new
            {
                plan.ClusterName,
                plan.HostName,
                Source = plan.Source.ClusterName,
                Reverses = plan.ReversesId,
                Dropped = state.ToClear?.Select(one => one.Name),
            },
            state.Id
        );
        try
        {
            _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbUpdateException)
            when (database.Migrations.AsNoTracking().Any(one => one.ActiveClusterId == plan.ClusterId))
        {
            throw Busy(plan.ClusterName);
        }

        bell.Ring();
        await connected.WakeAsync(plan.HostId, cancellationToken).ConfigureAwait(false);
        return state;
    }

    /// <summary>Two were asked for at once.</summary>
    internal static Refusal Busy(string clusterName) =>
        Refusal.Conflict(BusyCode, $"A migration to {clusterName} is active: a destination takes one at a time.");

    /// <summary>The validation of the same request that still holds: the clusters must be those (P17).</summary>
    private async Task<ValidationState?> FindValidationAsync(
        Scope scope,
        MigrationPlan plan,
        CancellationToken cancellationToken
    )
    {
        var projectId = scope.Group.Id;
        var oldest = time.GetUtcNow() - ValidationState.Lifetime;
        var found = await database
            .Validations.AsNoTracking()
            .Where(one => one.ProjectId == projectId && one.CreatedAt > oldest)
            .OrderByDescending(one => one.CreatedAt)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return found
            .Select(one => ApiJson.Read<ValidationState>(one.State))
            .FirstOrDefault(one => one.Succeeded && one.Plan.IsSameAs(plan));
    }
}
