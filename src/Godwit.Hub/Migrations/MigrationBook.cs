using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;
using Godwit.Hub.Access;
using Godwit.Hub.Api;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Notifications;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Migrations;

/// <summary>
/// The migrations as they are recorded. Every change is a compare and swap on the record's version and stands in the audit log by the same
/// transaction; whoever loses reads again.
/// </summary>
internal sealed class MigrationBook(
    IDbContextFactory<HubDatabase> databases,
    SelfManagedAccess access,
    ConnectedHosts connected,
    HubOptions options,
    Outbox outbox,
    MigrationChanges changes,
    WorkBell bell,
    TimeProvider time
)
{
    /// <summary>Changes a migration.</summary>
    /// <param name="id">Which.</param>
    /// <param name="change">What it becomes; asked again if somebody else was faster. Throws what it refuses.</param>
    /// <param name="scope">Who asked; <see langword="null"/> for the Hub itself.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<MigrationState> ChangeAsync(
        string id,
        Func<MigrationState, MigrationRecord, Change> change,
        Scope? scope,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                var record =
                    await database.Migrations.FindAsync([id], cancellationToken).ConfigureAwait(false)
                    ?? throw Refusal.NotFound("live migration", id);
                var before = ApiJson.Read<MigrationState>(record.State);
                var changed = change(before, record);
                if (ReferenceEquals(changed.State, before))
                {
                    return before;
                }

                if (await TrySaveAsync(database, record, changed, scope, cancellationToken).ConfigureAwait(false))
                {
                    changes.Note(id);
                    bell.Ring();
                    await connected.WakeAsync(record.HostId, cancellationToken).ConfigureAwait(false);
                    await WakeHelpersAsync(database, record, changed.State.Plan, cancellationToken)
                        .ConfigureAwait(false);
                    return changed.State;
                }
            }
        }
    }

    private async Task WakeHelpersAsync(
        HubDatabase database,
        MigrationRecord record,
        Requests.MigrationPlan plan,
        CancellationToken cancellationToken
    )
    {
        if (plan.StandbyHosts.Count == 0)
        {
            return;
        }

        var names = plan.StandbyHosts.ToList();
        var hosts = await database
            .Hosts.Where(one => one.OrganizationId == record.SourceOrganizationId && names.Contains(one.Name))
            .Select(one => one.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var host in hosts)
        {
            await connected.WakeAsync(host, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps what a host says of its migrations.</summary>
    internal async Task ObserveAsync(
        HubDatabase database,
        MigrationHost host,
        IReadOnlyList<ReportedMigration> reports,
        CancellationToken cancellationToken
    )
    {
        foreach (var report in reports.Select(ReportSize.UnpackReport).Select(Redacted).Select(access.SealUsers))
        {
            var its = database.Migrations.Where(one => one.Id == report.Id && one.HostId == host.Id);
            // How it stood at its end is kept; what is done afterwards says only how that went.
            var isKnown = report.Goal is MigrationGoal.Verify or MigrationGoal.UnblockSource or MigrationGoal.TellUsers
                ? await its.AnyAsync(cancellationToken).ConfigureAwait(false)
                : await its.ExecuteUpdateAsync(
                        set => set.SetProperty(one => one.Report, ApiJson.Write(report)),
                        cancellationToken
                    )
                    .ConfigureAwait(false) > 0;
            if (isKnown)
            {
                _ = await ChangeAsync(
                        report.Id,
                        (state, _) => MigrationLife.Called(state, report, options.SyncWindow, time.GetUtcNow()),
                        null,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>What a host shall do about migrations: those it carries out, and those it has that are over.</summary>
    internal async Task<IReadOnlyList<MigrationOrder>> OrdersAsync(
        HubDatabase database,
        MigrationHost host,
        IReadOnlyList<ReportedMigration> reports,
        CancellationToken cancellationToken
    )
    {
        var reported = reports.Select(report => report.Id).ToList();
        var records = await database
            .Migrations.AsNoTracking()
            .Where(one => (one.HostId == host.Id && one.IsActive) || reported.Contains(one.Id))
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var orders = new List<MigrationOrder>();
        foreach (var record in records)
        {
            var state = ApiJson.Read<MigrationState>(record.State);
            if (record.HostId != host.Id)
            {
                // Another host has taken it over; a host of another organisation has no business with it at all.
                if (record.SourceOrganizationId == host.OrganizationId)
                {
                    orders.Add(ToForget(state));
                }
            }
            else if (state.Stage == MigrationStage.Running)
            {
                orders.Add(await OrderAsync(database, host, state, cancellationToken).ConfigureAwait(false));
            }
            else if (state.Stage == MigrationStage.Ended && reported.Contains(state.Id))
            {
                orders.Add(ToForget(state));
            }
        }

        return orders;
    }

    /// <summary>
    /// Migrations of other hosts of its organisation that a host helps with: those it stands by for, while both share migrations by the same
    /// place.
    /// </summary>
    internal async Task<IReadOnlyList<MigrationOrder>> HelpsAsync(
        HubDatabase database,
        MigrationHost host,
        string place,
        CancellationToken cancellationToken
    )
    {
        var records = await database
            .Migrations.AsNoTracking()
            .Where(one => one.IsActive && one.SourceOrganizationId == host.OrganizationId && one.HostId != host.Id)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var orders = new List<MigrationOrder>();
        foreach (var record in records)
        {
            var state = ApiJson.Read<MigrationState>(record.State);
            if (
                state is { Stage: MigrationStage.Running, Outcome: null, IsFollowedUp: false }
                && state.Goal is MigrationGoal.Follow or MigrationGoal.CutOver
                && state.Plan.StandbyHosts.Contains(host.Name)
                && await SharesAsync(database, record.HostId, place, cancellationToken).ConfigureAwait(false)
            )
            {
                orders.Add(await OrderAsync(database, host, state, cancellationToken).ConfigureAwait(false));
            }
        }

        return orders;
    }

    private static async Task<bool> SharesAsync(
        HubDatabase database,
        string hostId,
        string place,
        CancellationToken cancellationToken
    )
    {
        var report = await database
            .Hosts.AsNoTracking()
            .Where(one => one.Id == hostId)
            .Select(one => one.Report)
            .FirstAsync(cancellationToken)
            .ConfigureAwait(false);
        return ApiJson.Read<HostReport>(report).Sharing?.Place == place;
    }

    /// <summary>Without what stands in texts of connection strings: hosts take it out themselves, and one of another version may not.</summary>
    private static ReportedMigration Redacted(ReportedMigration report) =>
        report with
        {
            Failure = report.Failure is { } failure
                ? new(failure.Code, SecretText.OfText(failure.Message), SecretText.OfText(failure.Remedy))
                : null,
            Progress = report.Progress is { } progress
                ? progress with
                {
                    Warnings = [.. progress.Warnings.Select(SecretText.OfText)],
                }
                : null,
        };

    private async Task<MigrationOrder> OrderAsync(
        HubDatabase database,
        MigrationHost host,
        MigrationState state,
        CancellationToken cancellationToken
    )
    {
        var cluster = await database
            .Clusters.AsNoTracking()
            .FirstAsync(one => one.Id == state.Plan.ClusterId, cancellationToken)
            .ConfigureAwait(false);
        return new(
            state.Id,
            state.Revision,
            state.Goal,
            state.Plan.Source,
            access.Seal(cluster, state.Plan, host, state.Id, state.SealedPassword),
            cluster.Authority,
            state.SourceIdentity,
            state.DestinationIdentity,
            state.Plan.BlocksSource,
            state.Plan.AcceptsVersion,
            state.Plan.Sharding,
            state.ToClear,
            state.WatchesLease,
            access.Seal(state.Plan.Options, host, state.Id),
            state.Plan.NamespacesToClear is not null,
            state.Plan.ReversesId is not null,
            state.Plan.IsBackwards,
            state.Plan.StandbyHosts.Count > 0
        );
    }

    private static MigrationOrder ToForget(MigrationState state) =>
        new(
            state.Id,
            state.Revision + 1,
            MigrationGoal.Forget,
            state.Plan.Source,
            "",
            null,
            null,
            null,
            state.Plan.BlocksSource,
            state.Plan.AcceptsVersion
        );

    private async Task<bool> TrySaveAsync(
        HubDatabase database,
        MigrationRecord record,
        Change changed,
        Scope? scope,
        CancellationToken cancellationToken
    )
    {
        record.State = ApiJson.Write(changed.State);
        record.HostId = changed.State.Plan.HostId;
        record.IsActive = changed.State.Stage != MigrationStage.Ended;
        record.ActiveClusterId = record.IsActive ? changed.State.Plan.ClusterId : null;
        record.Version++;
        if (changed.Happened is { } happened)
        {
            await outbox
                .AddAsync(database, record.ProjectId, happened, changed.State, cancellationToken)
                .ConfigureAwait(false);
            _ = database.Add(
                new AuditEvent
                {
                    Id = ObjectIds.New(time),
                    Type = happened,
                    ProjectId = record.ProjectId,
                    OrganizationId = scope?.Organization.Id,
                    MigrationId = record.Id,
                    ActorId = scope?.Caller.Id,
                    ActorName = scope?.Caller.Name,
                    RemoteAddress = scope?.RemoteAddress,
                    Details = ApiJson.Write(new { changed.State.Failure }),
                    CreatedAt = time.GetUtcNow(),
                }
            );
        }

        try
        {
            _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            return false;
        }
        catch (DbUpdateException)
            when (record.ActiveClusterId is { } busy
                && database.Migrations.AsNoTracking().Any(one => one.ActiveClusterId == busy && one.Id != record.Id)
            )
        {
            throw MigrationStarter.Busy(changed.State.Plan.ClusterName);
        }
    }
}
