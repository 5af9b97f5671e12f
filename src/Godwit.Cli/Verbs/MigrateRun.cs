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

            var migration = new Migration(
                settings,
                clusters.Source,
                clusters.Destination,
                time,
                NullLoggerFactory.Instance
            );
            return await RunAsync(migration, interruption).ConfigureAwait(false);
        }
    }

    private async Task<bool> PassesPreflightAsync(CancellationToken cancellationToken)
    {
        var sharded = options.Sharding?.Entries.Select(entry => entry.Name).ToHashSet();
        var source = ClusterInspector.InspectAsync(options.Source, time, cancellationToken, sharded);
        var destination = ClusterInspector.InspectAsync(options.Destination, time, cancellationToken);
        var findings = PreflightChecks.Run(
            await source.ConfigureAwait(false),
            await destination.ConfigureAwait(false),
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

    private async Task<int> RunAsync(Migration migration, Interruption interruption)
    {
        using var view = ChooseView();
        await using var pausing = interruption.Graceful.Register(() =>
        {
            view.Say("Stopping at a checkpoint. Ctrl-C again stops at once, just as safely.");
            migration.RequestPause();
        });
        var run = migration.RunAsync(interruption.Immediate);
        try
        {
            await WatchAsync(migration, run, view).ConfigureAwait(false);
            var report = Report = await run.ConfigureAwait(false);
            return await FinishAsync(report, view).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interruption.Immediate.IsCancellationRequested)
        {
            view.Say("Stopped. Run the same command again to resume.");
            return ExitCodes.Interrupted;
        }
        catch (ClusterException fault) when (fault.Kind == FaultKind.Fenced)
        {
            view.Say(
                "Another process has taken over this migration, or cancelled it; this one has stopped and changes nothing any more."
            );
            view.Say(
                "→ Watch the other one, if there is one. To take the migration back, stop it and run the same command again."
            );
            return ExitCodes.Stopped;
        }
        catch (ClusterException fault)
        {
            view.Say(
                $"The {Words.Cluster(fault.Side)} failed ({fault.Stage}, {fault.Kind}): {SecretText.OfText(fault.Message)}"
            );
            view.Say("→ Nothing is lost. Run the same command again to resume when it answers.");
            return ExitCodes.Stopped;
        }
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

    private async Task<int> FinishAsync(MigrationReport report, IProgressView view)
    {
        if (options.ReportFile is { } file)
        {
            view.Say(await new ReportFiles(file).WriteAsync(report).ConfigureAwait(false));
        }

        switch (report.Outcome)
        {
            case MigrationOutcome.Committed:
                view.Say(Sentence(report));
                return report.Verdict.IsProven ? ExitCodes.Success : ExitCodes.Different;
            case MigrationOutcome.Paused:
                view.Say("Paused at a checkpoint. Run the same command again to resume.");
                return ExitCodes.Interrupted;
            case MigrationOutcome.Failed when report.Failure is { } failure:
                view.Say($"{failure.Code}: {SecretText.OfText(failure.Message)}");
                view.Say($"→ {SecretText.OfText(failure.Remedy)}");
                return failure.Code == "VerificationMismatch" ? ExitCodes.Different : ExitCodes.Stopped;
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
