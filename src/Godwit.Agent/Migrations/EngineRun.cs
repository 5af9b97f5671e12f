using Godwit.Agent.Sharing;
using Godwit.Agent.Validation;
using Godwit.Cluster.Leading;
using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Engine.Reporting;
using Microsoft.Extensions.Logging;
using ReportedFailure = Godwit.Contracts.Agents.ReportedFailure;

namespace Godwit.Agent.Migrations;

/// <summary>One life of the engine under an order, from the repeated checks to its end.</summary>
internal sealed class EngineRun : IAsyncDisposable
{
    private readonly MigrationOrder order;
    private readonly MongoSource source;
    private readonly MongoDestination destination;
    private readonly Migration migration;
    private readonly ShardWatch shards;
    private readonly ChangeWatch changes;
    private readonly HoursWatch hours;
    private readonly RateWatch rate;
    private readonly OpenLead? lead;
    private readonly WorkersText? workers;
    private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal EngineRun(
        MigrationOrder order,
        EngineRequest request,
        string sourceAddress,
        string destinationAddress,
        string spoolDirectory,
        SharingNode? sharing,
        RunnerRules rules,
        Action copied,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        this.order = order;
        source = new(MongoAddress.Parse(sourceAddress), time);
        destination = new(MongoAddress.Parse(destinationAddress), time);
        lead = sharing?.Lead(order.Id);
        workers = lead is null ? null : new(lead.Name, () => lead.Helpers, time);
        var settings = request.ToSettings(sourceAddress, destinationAddress, spoolDirectory) with
        {
            Hosts = lead?.Board,
            ChangeHosts = lead?.Changes,
        };
        migration = new(settings, source, destination, time, loggers);
        shards = new(sourceAddress, destinationAddress, time);
        changes = new(sourceAddress, destinationAddress, migration.Say, time);
        hours = new(rules.Closed, () => migration.Progress.Phase, migration.RequestPause, copied, time);
        rate = new(() => rules.Bound(request.AskedLimits), migration.RequestLimits, time);
    }

    /// <summary>When the engine has stopped, however.</summary>
    internal Task Stopped => stopped.Task;

    internal ReportedProgress Progress
    {
        get
        {
            var progress = ProgressText.Describe(migration.Progress);
            return progress with
            {
                Shards = shards.Current is { Count: > 0 } seen ? seen : null,
                Hosts = workers?.Describe(migration.Progress),
            };
        }
    }

    /// <summary>What of the goal concerns a running engine.</summary>
    internal void Follow(MigrationGoal goal)
    {
        switch (goal)
        {
            case MigrationGoal.CutOver:
                migration.RequestCutover();
                break;
            case MigrationGoal.Pause:
                migration.RequestPause();
                break;
            case MigrationGoal.Follow:
            case MigrationGoal.Cancel:
            case MigrationGoal.Forget:
            case MigrationGoal.Discard:
            case MigrationGoal.Verify:
            case MigrationGoal.UnblockSource:
            case MigrationGoal.TellUsers:
                break;
        }
    }

    internal async Task<ReportedMigration> RunAsync(CancellationToken cancellationToken)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watches = Task.WhenAll(
            shards.RunAsync(watching.Token),
            changes.RunAsync(watching.Token),
            hours.RunAsync(watching.Token),
            rate.RunAsync(watching.Token)
        );
        try
        {
            return Describe(await migration.RunAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (ClusterException fault) when (fault.Kind == FaultKind.Fenced)
        {
            return Ended(
                MigrationActivity.Failed,
                new(
                    "TakenOver",
                    "Another process has taken over this migration, or cancelled it.",
                    "Find out which: the reserved database on the destination names it. Resuming takes it back."
                )
            );
        }
        catch (ClusterException fault)
        {
            return Ended(MigrationActivity.Retrying, Passing(fault));
        }
        finally
        {
            await watching.CancelAsync().ConfigureAwait(false);
            await watches.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ = stopped.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (lead is not null)
        {
            await lead.DisposeAsync().ConfigureAwait(false);
        }

        await source.DisposeAsync().ConfigureAwait(false);
        await destination.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What stands against the start (P1, P17): findings that fail, and clusters that are not the validated ones.</summary>
    /// <param name="order">The order.</param>
    /// <param name="found">What the checks found.</param>
    /// <param name="isCleared">Whether what the destination holds is about to be dropped.</param>
    internal static ReportedFailure? Judge(MigrationOrder order, HostChecks.Outcome found, bool isCleared)
    {
        var failed = found
            .Findings.Where(one => one.State == FindingState.Failed && !(isCleared && one.Id == Clearing.ExistingData))
            .ToList();
        if (failed.Count > 0)
        {
            return new(
                failed.Exists(one => one.Id == Clearing.ExistingData)
                    ? "DESTINATION_NAMESPACE_EXISTS"
                    : "VALIDATION_FAILED",
                string.Join(' ', failed.Select(one => SecretText.OfText(one.Message))),
                string.Join(' ', failed.Select(one => one.Remedy))
            );
        }

        return AreOther(order, found)
            ? new(
                "CLUSTER_CHANGED",
                "Source or destination is another deployment than the one that was validated.",
                "Validate again, and create the migration anew."
            )
            : null;
    }

    /// <summary>Whether one of the clusters is another deployment than the one that was validated.</summary>
    internal static bool AreOther(MigrationOrder order, HostChecks.Outcome found) =>
        (order.SourceIdentity is not null && order.SourceIdentity != found.Source.Identity)
        || (order.DestinationIdentity is not null && order.DestinationIdentity != found.Destination.Identity);

    /// <summary>Whether a cluster does not answer just now, which passes.</summary>
    internal static bool IsAway(ClusterFacts facts) =>
        facts.Fault
            is {
                Kind: ConnectionFaultKind.Unreachable
                    or ConnectionFaultKind.NoPrimary
                    or ConnectionFaultKind.ClosedAtOnce
            };

    /// <summary>A fault of a cluster, which passes.</summary>
    internal static ReportedFailure Passing(ClusterException fault) =>
        new(
            $"{fault.Side}{fault.Kind}",
            $"The {fault.Side.ToString().ToLowerInvariant()} failed ({fault.Stage}): {SecretText.OfText(fault.Message)}",
            "Nothing is lost: it is tried again by itself until the cluster answers."
        );

    private ReportedMigration Describe(MigrationReport report) =>
        report.Outcome switch
        {
            MigrationOutcome.Committed => Ended(MigrationActivity.Committed, null) with
            {
                Report = JsonReport.Write(report),
            },
            MigrationOutcome.Paused when hours.Ended is { } closed => Ended(MigrationActivity.Waiting, closed),
            MigrationOutcome.Paused => Ended(MigrationActivity.Paused, null),
            MigrationOutcome.Failed => Ended(
                MigrationActivity.Failed,
                report.Failure is { } failure
                    ? new(failure.Code, SecretText.OfText(failure.Message), SecretText.OfText(failure.Remedy))
                    : null
            ) with
            {
                Report = JsonReport.Write(report),
            },
        };

    private ReportedMigration Ended(MigrationActivity activity, ReportedFailure? failure) =>
        new(order.Id, order.Revision, activity, Progress, failure, null);
}
