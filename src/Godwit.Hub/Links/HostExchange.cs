using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Data;
using Godwit.Hub.Hosting;
using Godwit.Hub.Migrations;
using Godwit.Hub.Validation;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Links;

/// <summary>One exchange with a host: its report is kept, its orders are what holds now.</summary>
internal sealed class HostExchange(
    IDbContextFactory<HubDatabase> databases,
    ValidationBook validations,
    MigrationBook migrations,
    Hosting.Quarantine quarantine,
    HostInstances instances,
    HostInventories inventories,
    TimeProvider time
)
{
    internal async Task<AgentOrders> RunAsync(
        string hostId,
        string address,
        AgentReport report,
        CancellationToken cancellationToken
    )
    {
        var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
        {
            var host = await database.Hosts.FindAsync([hostId], cancellationToken).ConfigureAwait(false);
            if (host is null || host.RevokedAt is not null)
            {
                throw new HubException(HostIdentity.Revoked);
            }

            host.Report = ApiJson.Write(report.Host);
            if (VersionSkew.Problem(report.Host.Version, HubVersion.Text) is { } apart)
            {
                // What it says may mean something else there: only that it is there, and of which version, is taken.
                _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
                throw new HubException($"{VersionSkew.Code}: {apart}");
            }

            host.Address = address;
            host.LastContactAt = time.GetUtcNow();
            inventories.Note(host.Id, report.Inventory);
            var withoutStatistics = await KeepInventoryAsync(database, host, report.Inventory, cancellationToken)
                .ConfigureAwait(false);
            _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            await validations.ObserveAsync(database, host, report.Validations, cancellationToken).ConfigureAwait(false);
            await AdoptAsync(database, host, report.Migrations, cancellationToken).ConfigureAwait(false);
            await migrations.ObserveAsync(database, host, report.Migrations, cancellationToken).ConfigureAwait(false);
            var incarnation = await database
                .Settings.FindAsync([Setting.Incarnation], cancellationToken)
                .ConfigureAwait(false);
            var isDoubled = instances.Note(host.Id, report.Instance);
            if (quarantine.IsOn || isDoubled)
            {
                return new(incarnation!.Value, [], [], withoutStatistics);
            }

            return new(
                incarnation!.Value,
                await validations.OrdersAsync(database, host, cancellationToken).ConfigureAwait(false),
                await migrations
                    .OrdersAsync(database, host, report.Migrations, cancellationToken)
                    .ConfigureAwait(false),
                withoutStatistics,
                report.Host.Sharing is { } sharing
                    ? await migrations
                        .HelpsAsync(database, host, sharing.Place, cancellationToken)
                        .ConfigureAwait(false)
                    : null,
                report.Host.Sharing is null
                    ? null
                    : await PeersAsync(database, host, cancellationToken).ConfigureAwait(false)
            );
        }
    }

    /// <summary>The certificates of the hosts of its organisation, itself among them.</summary>
    private static async Task<IReadOnlyList<string>> PeersAsync(
        HubDatabase database,
        MigrationHost host,
        CancellationToken cancellationToken
    )
    {
        var hosts = await database
            .Hosts.AsNoTracking()
            .Where(one => one.OrganizationId == host.OrganizationId && one.RevokedAt == null)
            .Select(one => new { one.Thumbprint, one.FormerThumbprint })
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return
        [
            .. hosts
                .SelectMany(one => new[] { one.Thumbprint, one.FormerThumbprint })
                .OfType<string>()
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Notices orders that this Hub does not remember, and goes by them (P3).</summary>
    private async Task AdoptAsync(
        HubDatabase database,
        MigrationHost host,
        IReadOnlyList<ReportedMigration> reports,
        CancellationToken cancellationToken
    )
    {
        foreach (var report in reports)
        {
            var record = await database
                .Migrations.AsNoTracking()
                .FirstOrDefaultAsync(one => one.Id == report.Id && one.HostId == host.Id, cancellationToken)
                .ConfigureAwait(false);
            if (record is null || !Hosting.Quarantine.IsNewer(ApiJson.Read<MigrationState>(record.State), report))
            {
                continue;
            }

            await quarantine.BeginAsync(cancellationToken).ConfigureAwait(false);
            _ = await migrations
                .ChangeAsync(
                    report.Id,
                    (state, _) => Hosting.Quarantine.Adopt(state, report, time.GetUtcNow()),
                    null,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    /// <summary>Keeps what the host says of clusters in projects of its own organisation; others' are none of its business.</summary>
    /// <returns>Those of these projects in which sizes of databases may not be asked for.</returns>
    private static async Task<IReadOnlyList<string>> KeepInventoryAsync(
        HubDatabase database,
        MigrationHost host,
        IReadOnlyList<ReportedDeployment> inventory,
        CancellationToken cancellationToken
    )
    {
        var projects = await database
            .Projects.Where(project => project.OrganizationId == host.OrganizationId)
            .ToDictionaryAsync(project => project.Id, cancellationToken)
            .ConfigureAwait(false);
        var ids = projects.Keys.ToList();
        var known = await database
            .Deployments.Where(one => ids.Contains(one.ProjectId))
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        foreach (var found in inventory.Where(one => projects.ContainsKey(one.ProjectId)))
        {
            var same = known.Find(one =>
                one.ProjectId == found.ProjectId
                && (one.Name == found.Name || (found.Identity is not null && one.Identity == found.Identity))
            );
            if (same is null)
            {
                same = new()
                {
                    Id = DeploymentIds.Of(found),
                    ProjectId = found.ProjectId,
                    Name = found.Name,
                    HostId = host.Id,
                    Report = "",
                };
                _ = database.Add(same);
                known.Add(same);
            }

            same.HostId = host.Id;
            same.Identity = found.Identity ?? same.Identity;
            same.Report = ApiJson.Write(found);
            same.ReportedAt = found.LookedAt;
        }

        // What this host reported and no longer has is gone, unless another has it.
        foreach (
            var gone in known.Where(one => one.HostId == host.Id && inventory.All(found => found.Name != one.Name))
        )
        {
            _ = database.Remove(gone);
        }

        return [.. projects.Values.Where(project => !project.CollectsStatistics).Select(project => project.Id)];
    }
}
