using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Atlas;
using Godwit.Contracts.Own;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Requests;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Migrations;

/// <summary>
/// Lets another host of the source organisation go on with a migration whose host is away (P6). The engine there takes the epoch and fences
/// the earlier one (S17), so that a host that was only cut off can change nothing any more.
/// </summary>
internal sealed class Takeover(
    HubDatabase database,
    MigrationBook book,
    SelfManagedAccess access,
    ConnectedHosts connected,
    HostInventories inventories,
    HubOptions options,
    TimeProvider time
)
{
    private const string HostField = "migrationHost";

    /// <summary>Lets a standby host go on, if the migration's host is lost and one is ready; nobody has asked for it.</summary>
    /// <returns>Whether one does.</returns>
    internal async Task<bool> TryByItselfAsync(MigrationRecord record, CancellationToken cancellationToken)
    {
        var plan = ApiJson.Read<MigrationState>(record.State).Plan;
        if (plan.StandbyHosts.Count == 0 || !await IsLostAsync(record, plan, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        foreach (var name in plan.StandbyHosts)
        {
            try
            {
                var next = await PlanAsync(record, plan, new(name), cancellationToken).ConfigureAwait(false);
                _ = await book.ChangeAsync(
                        record.Id,
                        (state, _) => MigrationLife.TakeOverByItself(state, next),
                        null,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                return true;
            }
            catch (Refusal)
            {
                // This one is away, busy, or does not watch the source: the next one may do.
            }
        }

        return false;
    }

    /// <summary>
    /// Whether its host is silent for long; for a short while is enough if a host that helps it says that it does not answer there either:
    /// then the host is gone, and not only its way to the Hub.
    /// </summary>
    private async Task<bool> IsLostAsync(
        MigrationRecord record,
        MigrationPlan plan,
        CancellationToken cancellationToken
    )
    {
        var host = await database
            .Hosts.AsNoTracking()
            .FirstAsync(one => one.Id == record.HostId, cancellationToken)
            .ConfigureAwait(false);
        var silence = time.GetUtcNow() - host.LastContactAt;
        return host.RevokedAt is null
            && (
                silence > options.TakeoverAfter
                || (
                    silence > options.MissedAfter
                    && !connected.Contain(host.Id)
                    && await IsMissedAsync(record, plan, cancellationToken).ConfigureAwait(false)
                )
            );
    }

    private async Task<bool> IsMissedAsync(
        MigrationRecord record,
        MigrationPlan plan,
        CancellationToken cancellationToken
    )
    {
        var names = plan.StandbyHosts.ToList();
        var lately = time.GetUtcNow() - options.MissedAfter;
        var reports = await database
            .Hosts.AsNoTracking()
            .Where(one =>
                one.OrganizationId == record.SourceOrganizationId
                && names.Contains(one.Name)
                && one.RevokedAt == null
                && one.LastContactAt >= lately
            )
            .Select(one => one.Report)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return reports.Exists(one => ApiJson.Read<HostReport>(one).Sharing?.Missing?.Contains(record.Id) == true);
    }

    /// <exception cref="Refusal">The host is not away, or the other one cannot go on.</exception>
    internal async Task RunAsync(
        Scope scope,
        MigrationRecord record,
        TakeOverRequest request,
        CancellationToken cancellationToken
    )
    {
        var plan = ApiJson.Read<MigrationState>(record.State).Plan;
        await RequireAwayAsync(record.HostId, cancellationToken).ConfigureAwait(false);
        var next = await PlanAsync(record, plan, request, cancellationToken).ConfigureAwait(false);
        _ = await book.ChangeAsync(
                record.Id,
                (state, _) => MigrationLife.TakeOver(state, next, plan.HasUsers ? access.NewPassword() : null),
                scope,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <exception cref="Refusal">The host cannot go on.</exception>
    private async Task<MigrationPlan> PlanAsync(
        MigrationRecord record,
        MigrationPlan plan,
        TakeOverRequest request,
        CancellationToken cancellationToken
    )
    {
        var host = await FindHostAsync(record, request, cancellationToken).ConfigureAwait(false);
        if (plan.ReversesId is not null)
        {
            OutdatedHosts.Require(host, HostAbilities.TurnRound);
        }

        if (plan.CopiesUsers)
        {
            OutdatedHosts.Require(host, HostAbilities.TellUsers);
        }

        if (inventories.Find(host.Id, plan.Source.ProjectId, plan.Source.ClusterName) is not { } deployment)
        {
            throw Refusal.Invalid(
                new BadField(
                    HostField,
                    $"{host.Name} does not watch {plan.Source.ClusterName}: godwit agent clusters add"
                )
            );
        }

        return plan with
        {
            HostId = host.Id,
            HostName = host.Name,
            Source = Reseal(plan.Source, request, host, deployment),
        };
    }

    private async Task RequireAwayAsync(string hostId, CancellationToken cancellationToken)
    {
        var host = await database
            .Hosts.AsNoTracking()
            .FirstAsync(one => one.Id == hostId, cancellationToken)
            .ConfigureAwait(false);
        if (host.RevokedAt is null && time.GetUtcNow() - host.LastContactAt <= options.SilenceMax)
        {
            throw Refusal.Conflict(
                "MIGRATION_HOST_NOT_AWAY",
                $"The host {host.Name} is connected: only a migration whose host is away can be taken over. Stop the agent there first."
            );
        }
    }

    private async Task<MigrationHost> FindHostAsync(
        MigrationRecord record,
        TakeOverRequest request,
        CancellationToken cancellationToken
    )
    {
        var host =
            await database
                .Hosts.AsNoTracking()
                .FirstOrDefaultAsync(
                    one =>
                        one.OrganizationId == record.SourceOrganizationId
                        && one.Name == request.MigrationHost
                        && one.RevokedAt == null
                        && one.Id != record.HostId,
                    cancellationToken
                )
                .ConfigureAwait(false)
            ?? throw Refusal.Invalid(new BadField(HostField, "the source organization has no other host of that name"));
        if (time.GetUtcNow() - host.LastContactAt > options.SilenceMax)
        {
            throw Refusal.Conflict("MIGRATION_HOST_AWAY", $"The host {host.Name} is away, too.");
        }

        await MigrationStarter
            .RequireHostFreeAsync(database, host.Id, host.Name, cancellationToken)
            .ConfigureAwait(false);
        return host;
    }

    /// <summary>What was sealed to the host that is away opens nowhere else: credentials are of the new host, or sent again.</summary>
    private static SourceAccess Reseal(
        SourceAccess source,
        TakeOverRequest request,
        MigrationHost host,
        ReportedDeployment deployment
    )
    {
        if (source.UserName is null && (deployment.IsManaged || request.Username is null))
        {
            return source;
        }

        return request is { Username: { Length: > 0 } user, Password: { Length: > 0 } password }
            ? source with
            {
                UserName = user,
                SealedPassword = PlanReader.Seal(password, host, source.ProjectId, source.ClusterName),
            }
            : throw Refusal.Invalid(
                new BadField("password", "user name and password were sealed to the host that is away: send them again")
            );
    }
}
