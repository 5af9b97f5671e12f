using System.Security.Cryptography;
using Godwit.Agent.Connection;
using Godwit.Agent.Inventory;
using Godwit.Agent.Sharing;
using Godwit.Agent.Validation;
using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using Notices = Godwit.Engine.Reporting.Notices;

namespace Godwit.Agent.Migrations;

/// <summary>
/// Keeps one migration where its order says: starts the engine, pauses it, cuts over, gives it up; goes on after faults that pass. What it
/// did is in <see cref="Report"/>; orders may be given at any time and as often as one likes.
/// </summary>
internal sealed partial class MigrationRunner(
    MigrationFile file,
    HostChecks checks,
    SourceAddress sources,
    RunnerRules rules,
    SharingNode? sharing,
    TimeProvider time,
    ILoggerFactory loggers,
    Action changed
) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgainEvery = TimeSpan.FromSeconds(1);

    private readonly ILogger logger = loggers.CreateLogger<MigrationRunner>();
    private readonly Bell ordered = new(time);
    private readonly Lock keeping = new();
    private volatile MigrationFile.Kept? kept;
    private volatile ReportedMigration? state;
    private volatile EngineRun? engine;

    /// <summary>Where it stands.</summary>
    internal ReportedMigration Report
    {
        get
        {
            var current = state ?? New(MigrationActivity.Waiting);
            return engine is { } running && current.Activity == MigrationActivity.Running
                ? current with
                {
                    Progress = running.Progress,
                }
                : current;
        }
    }

    private MigrationOrder Order => (kept ?? throw new InvalidOperationException("no order was given")).Order;

    /// <summary>Takes an order, unless it is older than the one that is obeyed, or of another life of the Hub (P3).</summary>
    internal void Give(string incarnation, MigrationOrder order)
    {
        lock (keeping)
        {
            if (kept is { } before && (before.Incarnation != incarnation || before.Order.Revision >= order.Revision))
            {
                return;
            }

            Write(
                kept is null
                    ? new(incarnation, order, null)
                    : kept with
                    {
                        Incarnation = incarnation,
                        Order = order,
                        End = null,
                    }
            );
            state = Unanswered(Report) with { Revision = order.Revision, Goal = order.Goal };
        }

        engine?.Follow(order.Goal);
        ordered.Ring();
    }

    /// <summary>How it stood under the order before is no answer to the new one: a cancellation is not done because it was paused.</summary>
    private static ReportedMigration Unanswered(ReportedMigration before) =>
        before.Activity
            is MigrationActivity.Paused
                or MigrationActivity.Cancelled
                or MigrationActivity.Failed
                or MigrationActivity.FollowedUp
            ? before with
            {
                Activity = MigrationActivity.Waiting,
                Failure = null,
                Report = null,
            }
            : before;

    /// <summary>Goes on with what was kept by an earlier process.</summary>
    internal void Restore(MigrationFile.Kept found)
    {
        kept = found;
        state = found.End;
    }

    /// <summary>Stops a running engine at a checkpoint; what the order is, it stays.</summary>
    internal async Task LetGoAsync()
    {
        if (engine is { } running)
        {
            running.Follow(MigrationGoal.Pause);
            await running.Stopped.ConfigureAwait(false);
        }
    }

    /// <summary>Works until it is told to forget the migration.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (Order.Goal != MigrationGoal.Forget)
        {
            var order = Order;
            if (kept?.End is null)
            {
                await ObeyAsync(order, cancellationToken).ConfigureAwait(false);
            }

            if (ReferenceEquals(order, Order))
            {
                var patience = Report.Activity switch
                {
                    MigrationActivity.Retrying => RetryAfter,
                    MigrationActivity.Waiting => LookAgainEvery,
                    _ => TimeSpan.FromHours(1),
                };
                await ordered.WaitAsync(patience, cancellationToken).ConfigureAwait(false);
            }
        }

        file.Delete(Order.Id);
        changed();
    }

    public void Dispose() => ordered.Dispose();

    private async Task ObeyAsync(MigrationOrder order, CancellationToken cancellationToken)
    {
        LogObeys(logger, order.Id, order.Revision, order.Goal);
        try
        {
            switch (order.Goal)
            {
                case MigrationGoal.Follow:
                case MigrationGoal.CutOver:
                    await FollowAsync(order, cancellationToken).ConfigureAwait(false);
                    break;
                case MigrationGoal.Pause:
                    Say(New(MigrationActivity.Paused));
                    break;
                case MigrationGoal.Cancel:
                case MigrationGoal.Discard:
                    await CancelAsync(order, cancellationToken).ConfigureAwait(false);
                    break;
                case MigrationGoal.Verify:
                case MigrationGoal.UnblockSource:
                case MigrationGoal.TellUsers:
                    await FollowUpAsync(order, cancellationToken).ConfigureAwait(false);
                    break;
                case MigrationGoal.Forget:
                    break;
            }
        }
        catch (AgentException wrong)
        {
            End(Failed(new(wrong.Code, wrong.Message, wrong.Remedy)));
        }
        catch (MigrationFailedException wrong)
        {
            End(Failed(new(wrong.Code, SecretText.OfText(wrong.Message), SecretText.OfText(wrong.Remedy))));
        }
        catch (Exception wrong) when (wrong is CryptographicException or MongoConfigurationException)
        {
            End(Failed(new("CONNECTION_STRING", SecretText.OfText(wrong.Message), "Validate again.")));
        }
        catch (ClusterException fault)
            when (order.Goal is MigrationGoal.Verify or MigrationGoal.UnblockSource
                && FollowUpWork.Refused(fault, order.Goal) is { } refused
            )
        {
            End(Failed(refused));
        }
        catch (Exception unread)
            when (order.Goal == MigrationGoal.TellUsers && unread is MongoException or TimeoutException)
        {
            End(Failed(FollowUpWork.Unread(unread)));
        }
        catch (ClusterException fault)
        {
            Say(New(MigrationActivity.Retrying) with { Failure = EngineRun.Passing(fault) });
        }
        catch (Exception unforeseen) when (!cancellationToken.IsCancellationRequested)
        {
            // Were it let through, the migration would stand still, and nobody be told why.
            LogUnforeseen(logger, order.Id, unforeseen);
            Say(
                New(MigrationActivity.Retrying) with
                {
                    Failure = new(
                        "UNFORESEEN",
                        SecretText.OfText($"{unforeseen.GetType().Name}: {unforeseen.Message}"),
                        "It is tried again by itself. The log of the migration host says more."
                    ),
                }
            );
        }
    }

    private async Task FollowAsync(MigrationOrder order, CancellationToken cancellationToken)
    {
        if ((rules.Obstacle() ?? (MayWait(order) ? rules.Closed() : null)) is { } obstacle)
        {
            if (Report.Failure != obstacle)
            {
                Say(New(MigrationActivity.Waiting) with { Failure = obstacle });
            }

            return;
        }

        Say(New(MigrationActivity.Checking));
        var request = checks.Read(order);
        var (source, destination) = SidesOf(order);
        var found = await checks
            .RunAsync(source, destination, request, isStart: true, cancellationToken)
            .ConfigureAwait(false);
        if (EngineRun.IsAway(found.Source) || EngineRun.IsAway(found.Destination))
        {
            var away = EngineRun.Judge(order, found, isCleared: false);
            Say(New(MigrationActivity.Retrying) with { Failure = away });
            return;
        }

        var toClear = kept is { HasCleared: true } ? null : order.ToClear;
        var refused =
            EngineRun.Judge(order, found, toClear is not null)
            ?? (
                toClear is null
                    ? (IsNew(order) && !order.TurnsRound ? Clearing.FindEnded(found.Destination) : null)
                    : await Clearing
                        .RunAsync(toClear, found, source, destination, time, !order.ClearsPart, cancellationToken)
                        .ConfigureAwait(false)
            );
        if (refused is not null)
        {
            End(Failed(refused));
            return;
        }

        if (
            order.WatchesLease
            && !await LeaseWatch.StandsStillAsync(destination, time, cancellationToken).ConfigureAwait(false)
        )
        {
            Say(New(MigrationActivity.Waiting) with { Failure = LeaseWatch.FormerHostAtWork });
            return;
        }

        if (toClear is not null)
        {
            LogCleared(logger, order.Id, string.Join(", ", toClear.Select(one => one.Name)));
            Keep(now => now with { HasCleared = true });
        }

        Keep(now => now with { HasBegun = true });
        if (order.TurnsRound)
        {
            await TurningRound.RunAsync(source, destination, time, cancellationToken).ConfigureAwait(false);
        }

        await RunEngineAsync(order, request, source, destination, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether it may stand still outside of this host's hours: not once everything is copied, nor for a host that has taken it over and does
    /// not know yet.
    /// </summary>
    private bool MayWait(MigrationOrder order) =>
        order.Goal == MigrationGoal.Follow && kept is { HasCopied: false } now && (now.HasBegun || order.Revision == 1);

    private (string Source, string Destination) SidesOf(MigrationOrder order) => OrderSides.Of(order, sources, checks);

    /// <summary>Whether nobody has begun with it, neither this host nor one that it is taken over from.</summary>
    private bool IsNew(MigrationOrder order) => kept is { HasBegun: false, HasCleared: false } && order.Revision == 1;

    private async Task RunEngineAsync(
        MigrationOrder order,
        EngineRequest request,
        string source,
        string destination,
        CancellationToken cancellationToken
    )
    {
        var run = new EngineRun(
            order,
            request,
            source,
            destination,
            file.SpoolDirectory(order.Id),
            order.IsShared ? sharing : null,
            rules,
            () => Keep(now => now.HasCopied ? now : now with { HasCopied = true }),
            time,
            loggers
        );
        await using (run.ConfigureAwait(false))
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            engine = run;
            Say(New(MigrationActivity.Running));
            run.Follow(Order.Goal);
            var running = run.RunAsync(stopping.Token);
            try
            {
                await StopWhenCancelledAsync(running, stopping, cancellationToken).ConfigureAwait(false);
                var ended = (await running.ConfigureAwait(false)) with { Revision = Order.Revision, Goal = Order.Goal };
                if (ended.Activity is MigrationActivity.Committed or MigrationActivity.Failed)
                {
                    End(ended);
                }
                else
                {
                    Say(ended);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Say(New(MigrationActivity.Waiting));
            }
            finally
            {
                engine = null;
            }
        }
    }

    private async Task StopWhenCancelledAsync(
        Task running,
        CancellationTokenSource stopping,
        CancellationToken cancellationToken
    )
    {
        while (
            !running.IsCompleted
            && Order.Goal is not (MigrationGoal.Cancel or MigrationGoal.Discard or MigrationGoal.Forget)
        )
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var rung = ordered.WaitAsync(TimeSpan.FromHours(1), enough.Token);
            _ = await Task.WhenAny(running, rung).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
            await rung.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (!running.IsCompleted)
        {
            await stopping.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task CancelAsync(MigrationOrder order, CancellationToken cancellationToken)
    {
        var (from, address) = SidesOf(order);
        var source = new MongoSource(MongoAddress.Parse(from), time);
        if (order.Goal == MigrationGoal.Discard)
        {
            await DestinationClearing
                .RemoveMigratedAsync(address, checks.Read(order).Scope.ToDestination, cancellationToken)
                .ConfigureAwait(false);
        }

        var destination = new MongoDestination(MongoAddress.Parse(address), time);
        await using (source.ConfigureAwait(false))
        await using (destination.ConfigureAwait(false))
        {
            try
            {
                var notices = new Notices();
                _ = await Migration
                    .CancelAsync(source, destination, notices, time, cancellationToken)
                    .ConfigureAwait(false);
                LogLeft(logger, order.Id, string.Join(" ", notices.All));
                End(New(MigrationActivity.Cancelled));
            }
            catch (MigrationFailedException decided)
            {
                // The cutover was decided before: it is finished instead, and reported as what it is.
                LogTooLate(logger, order.Id, decided.Message);
                await FollowAsync(order, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What is asked for after its end.</summary>
    private async Task FollowUpAsync(MigrationOrder order, CancellationToken cancellationToken)
    {
        Say(New(MigrationActivity.Running));
        var request = checks.Read(order);
        var (source, destination) = SidesOf(order);
        if (order.Goal == MigrationGoal.UnblockSource)
        {
            await FollowUpWork.UnblockAsync(source, time, cancellationToken).ConfigureAwait(false);
            End(New(MigrationActivity.FollowedUp));
            return;
        }

        if (order.Goal == MigrationGoal.TellUsers)
        {
            var kept = await AccessCopy.ReadAsync(source, cancellationToken).ConfigureAwait(false);
            // Not written down here: whoever starts anew reads it anew.
            Say(New(MigrationActivity.FollowedUp) with { Report = kept.Write() });
            return;
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var comparing = FollowUpWork.CompareAsync(source, destination, request, time, stopping.Token);
        try
        {
            await StopWhenCancelledAsync(comparing, stopping, cancellationToken).ConfigureAwait(false);
            var found = await comparing.ConfigureAwait(false);
            End(New(MigrationActivity.FollowedUp) with { Report = found });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Say(New(MigrationActivity.Waiting));
        }
    }

    private ReportedMigration New(MigrationActivity activity) =>
        new(Order.Id, Order.Revision, activity, state?.Progress, null, null, Order.Goal);

    private ReportedMigration Failed(ReportedFailure failure) =>
        New(MigrationActivity.Failed) with
        {
            Failure = failure,
        };

    private void Say(ReportedMigration now)
    {
        state = now;
        changed();
    }

    /// <summary>It has ended under this order: a newer one may begin it anew.</summary>
    private void End(ReportedMigration now)
    {
        LogEnded(logger, now.Id, now.Activity, now.Failure?.Message);
        Keep(current => current with { End = now });
        Say(now);
    }

    /// <summary>Orders come at any time: none is lost to what is noted meanwhile.</summary>
    private void Keep(Func<MigrationFile.Kept, MigrationFile.Kept> change)
    {
        lock (keeping)
        {
            Write(change(kept ?? throw new InvalidOperationException("no order was given")));
        }
    }

    private void Write(MigrationFile.Kept now)
    {
        file.Write(now);
        kept = now;
    }

    [LoggerMessage(204, LogLevel.Information, "Migration {Migration} is cancelled. {Notices}")]
    private static partial void LogLeft(ILogger logger, string migration, string notices);

    [LoggerMessage(205, LogLevel.Information, "Migration {Migration}: dropped on the destination: {Names}")]
    private static partial void LogCleared(ILogger logger, string migration, string names);

    [LoggerMessage(201, LogLevel.Information, "Migration {Migration}: order {Revision} says {Goal}")]
    private static partial void LogObeys(ILogger logger, string migration, long revision, MigrationGoal goal);

    [LoggerMessage(202, LogLevel.Information, "Migration {Migration} ended: {Activity} {Failure}")]
    private static partial void LogEnded(ILogger logger, string migration, MigrationActivity activity, string? failure);

    [LoggerMessage(206, LogLevel.Error, "Migration {Migration}: what nobody has foreseen; it is tried again")]
    private static partial void LogUnforeseen(ILogger logger, string migration, Exception error);

    [LoggerMessage(203, LogLevel.Warning, "Migration {Migration} is not cancelled: {Reason}")]
    private static partial void LogTooLate(ILogger logger, string migration, string reason);
}
