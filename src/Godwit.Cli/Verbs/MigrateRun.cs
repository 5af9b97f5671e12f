using Godwit.Cli.Output;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Engine.Reporting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Cli.Verbs;

/// <summary>One run of <c>godwit migrate</c>: preflight, the migration with its view, the report.</summary>
internal sealed class MigrateRun(MigrateOptions options, TimeProvider time)
{
    private static readonly TimeSpan ViewInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Longer than it takes a host to look who counts as alive.</summary>
    private static readonly TimeSpan VerdictMax = TimeSpan.FromSeconds(20);

    /// <summary>What came of it; <see langword="null"/> while it has not ended by itself.</summary>
    internal MigrationReport? Report { get; private set; }

    /// <summary>Runs it.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    internal async Task<int> RunAsync()
    {
        using var interruption = new Interruption();
        try
        {
            if (!await PassesPreflightAsync(interruption.Graceful).ConfigureAwait(false))
            {
                return ExitCodes.Refused;
            }
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped during preflight: nothing was changed.").ConfigureAwait(false);
            return ExitCodes.Interrupted;
        }

        var clusters = ClusterPair.Open(options.Source, options.Destination, time, options.Name);
        await using (clusters.ConfigureAwait(false))
        {
            var settings = new MigrationSettings
            {
                SourceAddress = SecretText.OfAddress(options.Source),
                DestinationAddress = SecretText.OfAddress(options.Destination),
                CutoverAutomatic = options.CutoverAutomatic,
                IsRehearsal = options.IsRehearsal,
                BlockSourceWrites = options.BlockSourceWrites,
                IgnoreExisting = options.IgnoreExisting,
                AcceptHistoryChange = options.AcceptHistoryChange,
                Sharding = options.Sharding,
                AcceptFilterChange = options.AcceptFilterChange,
                Scope = options.Scope,
                CarryZones = options.CarryZones,
                IsReversible = options.Turning == Turning.Reversible,
                SpoolDirectory = options.SpoolDirectory,
                Limits = options.Limits,
                SpoolBytesMax = options.SpoolMegabytes * 1024L * 1024,
                ChangeStreams = options.ChangeStreams,
                Indexes = options.Indexes,
                NaturalOrder = options.NaturalOrder,
            };
            if (
                options.Turning == Turning.Reverse
                && !await MigrationControl
                    .HandOverAsync(options.Source, clusters.Destination, interruption.Graceful)
                    .ConfigureAwait(false)
            )
            {
                return interruption.Graceful.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Stopped;
            }

            return options.Hosts is { } hosts
                ? await new SharedRun(hosts, options.Name, time)
                    .RunAsync(
                        settings,
                        clusters,
                        interruption,
                        (shared, lost) => RunAsync(shared, clusters, interruption, lost)
                    )
                    .ConfigureAwait(false)
                : (
                    await RunAsync(settings, clusters, interruption, CancellationToken.None).ConfigureAwait(false)
                ).ExitCode;
        }
    }

    private async Task<bool> PassesPreflightAsync(CancellationToken cancellationToken)
    {
        var sharded = options.Sharding?.Entries.Select(entry => entry.Name).ToHashSet();
        var source = ClusterInspector.InspectAsync(options.Source, time, cancellationToken, sharded);
        var destination = ClusterInspector.InspectAsync(options.Destination, time, cancellationToken);
        var wait = new AnswerWait(time);
        var findings = PreflightChecks.Run(
            await wait.ForAsync(source, "source").ConfigureAwait(false),
            await wait.ForAsync(destination, "destination").ConfigureAwait(false),
            new()
            {
                Name = options.Name,
                IgnoreExisting = options.IgnoreExisting,
                BlockSourceWrites = options.BlockSourceWrites,
                AcceptVersion = options.AcceptVersion,
                Scope = options.Scope,
                AcceptHistoryChange = options.AcceptHistoryChange,
                Sharding = options.Sharding,
                IsReversible = options.Turning == Turning.Reversible,
                IsReverse = options.Turning == Turning.Reverse,
            }
        );
        var isAllowed = PreflightChecks.AllowStart(findings);
        await Console
            .Error.WriteLineAsync(isAllowed ? "Preflight:" : "Preflight found what must be put right first:")
            .ConfigureAwait(false);
        foreach (var line in FindingText.Describe(findings))
        {
            await Console.Error.WriteLineAsync(line).ConfigureAwait(false);
        }

        return isAllowed;
    }

    /// <returns>The exit code, and what was said last.</returns>
    private async Task<(int ExitCode, string Text)> RunAsync(
        MigrationSettings settings,
        ClusterPair clusters,
        Interruption interruption,
        CancellationToken lost
    )
    {
        var migration = new Migration(
            settings,
            clusters.Source,
            clusters.Destination,
            time,
            NullLoggerFactory.Instance
        );
        using var view = ChooseView();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(interruption.Immediate, lost);
        await using var pausing = interruption.Graceful.Register(() =>
        {
            view.Say("Stopping at a checkpoint. Ctrl-C again stops at once, just as safely.");
            migration.RequestPause();
        });
        var run = new ChangeWatch(options.Source, options.Destination, migration.Say, time).WhileAsync(
            migration.RunAsync(stopping.Token)
        );
        try
        {
            await WatchAsync(migration, run, view).ConfigureAwait(false);
            var report = Report = await run.ConfigureAwait(false);
            return await FinishAsync(report, view).ConfigureAwait(false);
        }
        catch (Exception over)
            when (lost.IsCancellationRequested && (over is OperationCanceledException or ClusterException))
        {
            return (ExitCodes.Stopped, "");
        }
        catch (OperationCanceledException) when (interruption.Immediate.IsCancellationRequested)
        {
            return Say(view, ExitCodes.Interrupted, "Stopped. Run the same command again to resume.");
        }
        catch (ClusterException fault) when (fault.Kind == FaultKind.Fenced)
        {
            if (await IsLostSoonAsync(lost).ConfigureAwait(false))
            {
                return (ExitCodes.Stopped, "");
            }

            return Say(
                view,
                ExitCodes.Stopped,
                "Another process has taken over this migration, or cancelled it; this one has stopped and changes nothing any more.",
                "→ Watch the other one, if there is one. To take the migration back, stop it and run the same command again."
            );
        }
        catch (ClusterException fault)
        {
            return Say(
                view,
                ExitCodes.Stopped,
                $"The {Words.Cluster(fault.Side)} failed ({fault.Stage}, {fault.Kind}): {SecretText.OfText(fault.Message)}",
                "→ Nothing is lost. Run the same command again to resume when it answers."
            );
        }
    }

    /// <summary>Hosts that share a migration hear soon which of them has taken over, or that they count as dead.</summary>
    private async Task<bool> IsLostSoonAsync(CancellationToken lost)
    {
        if (lost.CanBeCanceled)
        {
            await Task.Delay(VerdictMax, time, lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return lost.IsCancellationRequested;
    }

    private static (int ExitCode, string Text) Say(IProgressView view, int exitCode, params string[] lines)
    {
        Array.ForEach(lines, view.Say);
        return (exitCode, string.Join(Environment.NewLine, lines));
    }

    /// <summary>Shows progress until the migration ends, and takes Enter as the wish to cut over.</summary>
    private async Task WatchAsync(Migration migration, Task run, IProgressView view)
    {
        var saysHow = !options.CutoverAutomatic;
        while (!run.IsCompleted)
        {
            var progress = migration.Progress;
            view.Show(progress);
            if (saysHow && progress.CanCommit)
            {
                saysHow = false;
                view.Say(
                    $"In sync. Stop your applications' writes, then press Enter here or run: godwit cutover --destination '{SecretText.OfAddress(options.Destination)}'{(options.Name.Length > 0 ? $" --name {options.Name}" : "")}"
                );
            }

            if (!options.CutoverAutomatic && progress.CanCommit && IsEnterPressed())
            {
                migration.RequestCutover();
            }

            _ = await Task.WhenAny(run, Task.Delay(ViewInterval, time, CancellationToken.None)).ConfigureAwait(false);
        }

        view.Show(migration.Progress);
    }

    private static bool IsEnterPressed() =>
        !Console.IsInputRedirected && Console.KeyAvailable && Console.ReadKey(intercept: true).Key == ConsoleKey.Enter;

    private async Task<(int ExitCode, string Text)> FinishAsync(MigrationReport report, IProgressView view)
    {
        if (options.ReportFile is { } file)
        {
            view.Say(await new ReportFiles(file).WriteAsync(report).ConfigureAwait(false));
        }

        switch (report.Outcome)
        {
            case MigrationOutcome.Committed:
                return Say(view, report.Verdict.IsProven ? ExitCodes.Success : ExitCodes.Different, Sentence(report));
            case MigrationOutcome.Paused:
                return Say(
                    view,
                    ExitCodes.Interrupted,
                    "Paused at a checkpoint. Run the same command again to resume."
                );
            case MigrationOutcome.Failed when report.Failure is { } failure:
                return Say(
                    view,
                    failure.Code == "VerificationMismatch" ? ExitCodes.Different : ExitCodes.Stopped,
                    $"{failure.Code}: {SecretText.OfText(failure.Message)}",
                    $"→ {SecretText.OfText(failure.Remedy)}"
                );
            default:
                throw new InvalidOperationException($"the migration ended as {report.Outcome}");
        }
    }

    private static string Sentence(MigrationReport report) =>
        $"{(report.WasRehearsal ? "Rehearsed" : "Cut over")}: source and destination are {report.Verdict.Text}{(report.Verdict.Reason.Length > 0 ? $" ({report.Verdict.Reason})" : "")}. "
        + $"{Words.Number(report.Totals.Collections)} collections, {Words.Number(report.Totals.DocumentsCopied)} documents copied, "
        + $"{Words.Number(report.Totals.ChangesApplied)} changes applied, downtime {Words.Span(report.Downtime)}.";

    private IProgressView ChooseView() =>
        options.Progress switch
        {
            ProgressForm.Json => new JsonView(Console.Out, Console.Error, time),
            ProgressForm.Plain => new PlainView(Console.Out, time),
            ProgressForm.Auto => ProgressViews.ForPeople(time),
        };
}
