using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Links;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Migrations;

/// <summary>
/// Turns a migration round that was cut over (S29, P13): what was written since is brought back, by another migration of the same host the
/// other way. It has timers, a cutover and a report of its own, and can be turned round again.
/// </summary>
internal sealed class Reversals(HubDatabase database, MigrationStarter starter)
{
    /// <exception cref="Refusal">It cannot be turned round, or not now.</exception>
    internal async Task<MigrationState> StartAsync(
        Scope scope,
        MigrationRecord record,
        CancellationToken cancellationToken
    )
    {
        var state = ApiJson.Read<MigrationState>(record.State);
        if (state is not { Stage: MigrationStage.Ended, Outcome: MigrationOutcome.Complete, Plan.IsRehearsal: false })
        {
            throw Refusal.Conflict(
                "LIVE_MIGRATION_NOT_COMPLETE",
                "Only a migration that was cut over is turned round."
            );
        }

        if (state.Plan.Options is not { IsReversible: true })
        {
            throw Refusal.Conflict(
                "LIVE_MIGRATION_NOT_REVERSIBLE",
                "The migration was not created with options.reversible. To move back all the same, empty the old source and migrate to it as to any other cluster."
            );
        }

        await RequireHostAsync(record, state, cancellationToken).ConfigureAwait(false);
        await RequireNewestAsync(record, state, cancellationToken).ConfigureAwait(false);
        return await starter.ReverseAsync(scope, state, cancellationToken).ConfigureAwait(false);
    }

    private async Task RequireHostAsync(
        MigrationRecord record,
        MigrationState state,
        CancellationToken cancellationToken
    )
    {
        var host = await database
            .Hosts.AsNoTracking()
            .FirstAsync(one => one.Id == record.HostId, cancellationToken)
            .ConfigureAwait(false);
        OutdatedHosts.Require(host, HostAbilities.TurnRound);
        if (host.RevokedAt is not null)
        {
            throw Refusal.Conflict(
                "MIGRATION_HOST_REVOKED",
                $"The link of {state.Plan.HostName} was deleted: link it again by a new link-token first."
            );
        }
    }

    /// <summary>What both sides had in common is recorded on the cluster, by the migration that went there last.</summary>
    private async Task RequireNewestAsync(
        MigrationRecord record,
        MigrationState state,
        CancellationToken cancellationToken
    )
    {
        var later = await database
            .Migrations.AsNoTracking()
            .Where(one => one.ProjectId == record.ProjectId && one.CreatedAt > record.CreatedAt)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var other = later
            .Select(one => ApiJson.Read<MigrationState>(one.State))
            .FirstOrDefault(one =>
                // One that is under way is told of by the starter.
                one.Stage == MigrationStage.Ended
                && one.Plan.ClusterId == state.Plan.ClusterId
                && !(one.Plan.ReversesId == state.Id && one.Outcome == MigrationOutcome.Cancelled)
            );
        if (other is not null)
        {
            throw Refusal.Conflict(
                "LIVE_MIGRATION_NOT_THE_LAST",
                other.Plan.ReversesId == state.Id
                    ? $"Migration {other.Id} has turned it round already: restart that one, or turn it round in its turn."
                    : $"Migration {other.Id} has used {state.Plan.ClusterName} since: what it had in common with the old source is not known any more."
            );
        }
    }
}
