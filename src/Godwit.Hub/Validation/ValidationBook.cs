using Godwit.Contracts;
using Godwit.Contracts.Agents;
using Godwit.Hub.Data;
using Godwit.Hub.Destinations;
using Godwit.Hub.Hosting;
using Godwit.Hub.Links;
using Godwit.Hub.Providers;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Validation;

/// <summary>The validations as they are recorded; changed by compare and swap like migrations.</summary>
internal sealed class ValidationBook(
    IDbContextFactory<HubDatabase> databases,
    SelfManagedAccess access,
    ConnectedHosts connected,
    WorkBell bell,
    TimeProvider time
)
{
    internal async Task ChangeAsync(
        string id,
        Func<ValidationState, ValidationState> change,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var database = await databases.CreateDbContextAsync(cancellationToken).ConfigureAwait(false);
            await using (database.ConfigureAwait(false))
            {
                var record = await database.Validations.FindAsync([id], cancellationToken).ConfigureAwait(false);
                if (record is null)
                {
                    return;
                }

                var before = ApiJson.Read<ValidationState>(record.State);
                var after = change(before);
                if (ReferenceEquals(after, before))
                {
                    return;
                }

                record.State = ApiJson.Write(after);
                record.IsActive = after.Stage != ValidationStage.Ended;
                record.Version++;
                try
                {
                    _ = await database.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
                    bell.Ring();
                    await connected.WakeAsync(record.HostId, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (DbUpdateConcurrencyException)
                {
                    // Somebody was faster: what they left is read, and changed, anew.
                }
            }
        }
    }

    /// <summary>Keeps what a host says of its validations.</summary>
    internal async Task ObserveAsync(
        HubDatabase database,
        MigrationHost host,
        IReadOnlyList<ReportedValidation> reports,
        CancellationToken cancellationToken
    )
    {
        foreach (var report in reports)
        {
            var record = await database
                .Validations.AsNoTracking()
                .FirstOrDefaultAsync(one => one.Id == report.Id && one.HostId == host.Id, cancellationToken)
                .ConfigureAwait(false);
            if (record is null)
            {
                continue;
            }

            var listed = await access
                .CheckListAsync(database, record.ProjectId, host, cancellationToken)
                .ConfigureAwait(false);
            var plan = ApiJson.Read<ValidationState>(record.State).Plan;
            var cluster = await database
                .Clusters.AsNoTracking()
                .FirstOrDefaultAsync(one => one.Id == plan.ClusterId, cancellationToken)
                .ConfigureAwait(false);
            var project = await database
                .Projects.AsNoTracking()
                .FirstAsync(one => one.Id == plan.Source.ProjectId, cancellationToken)
                .ConfigureAwait(false);
            var whole = report with
            {
                Checks =
                [
                    .. WithOneCause(report.Checks, listed),
                    SourceSettings.Check(project),
                    listed,
                    .. HostAdvice.Of(host),
                    .. ProviderChecks.Of(cluster),
                ],
            };
            await ChangeAsync(
                    report.Id,
                    state => state.Plan.HostId == host.Id ? state.Observe(whole, time.GetUtcNow()) : state,
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A host that the access list keeps out finds that the destination refuses its user. That is the same finding, told in words that lead
    /// nowhere: it is looked at again once the list lets the host in.
    /// </summary>
    private static IEnumerable<ReportedCheck> WithOneCause(IReadOnlyList<ReportedCheck> checks, ReportedCheck listed) =>
        listed.State != "FAILED"
            ? checks
            : checks.Select(one =>
                one is { Id: "reachable-destination", State: "FAILED" }
                    ? one with
                    {
                        State = "SKIPPED",
                        Message = "Looked at once the access list lets the host in.",
                        Remedy = "",
                    }
                    : one
            );

    /// <summary>What a host shall validate.</summary>
    internal async Task<IReadOnlyList<ValidationOrder>> OrdersAsync(
        HubDatabase database,
        MigrationHost host,
        CancellationToken cancellationToken
    )
    {
        var records = await database
            .Validations.AsNoTracking()
            .Where(one => one.HostId == host.Id && one.IsActive)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        var orders = new List<ValidationOrder>();
        foreach (var record in records)
        {
            var state = ApiJson.Read<ValidationState>(record.State);
            if (state.Stage != ValidationStage.Running)
            {
                continue;
            }

            var cluster = await database
                .Clusters.AsNoTracking()
                .FirstAsync(one => one.Id == state.Plan.ClusterId, cancellationToken)
                .ConfigureAwait(false);
            orders.Add(
                new(
                    record.Id,
                    state.Plan.Source,
                    access.Seal(cluster, state.Plan, host, record.Id, state.SealedPassword),
                    cluster.Authority,
                    state.Plan.BlocksSource,
                    state.Plan.AcceptsVersion,
                    state.Plan.Sharding,
                    state.Plan.ClearsDestination,
                    access.Seal(state.Plan.Options, host, record.Id),
                    state.Plan.NamespacesToClear
                )
            );
        }

        return orders;
    }
}
