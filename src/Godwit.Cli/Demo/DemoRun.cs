using Godwit.Cli.Output;
using Godwit.Cli.Verbs;
using Godwit.Engine;
using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;
using Godwit.Engine.Verifying;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Driver;

namespace Godwit.Cli.Demo;

/// <summary>
/// The demonstration: 1. two Sandboxes in processes of their own, the source filled; 2. an application writes to it without pause;
/// 3. the migration runs as <c>godwit migrate</c> runs it; 4. in sync, the application stops, the cutover is made, the application
/// goes on with the destination; 5. both sides are compared as of the cutover, and the application's ledger is audited.
/// </summary>
internal sealed class DemoRun(DemoOptions options, IProgressView view, TimeProvider time)
{
    private static readonly TimeSpan ViewInterval = TimeSpan.FromMilliseconds(250);

    // Short, because the application waits: it is what a client polling a service registry would take.
    private static readonly TimeSpan OpeningInterval = TimeSpan.FromMilliseconds(2);
    private readonly Ledger ledger = new();
    private readonly CopyClock copyClock = new(time);

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="DemoFailedException">Something was not as it must be.</exception>
    internal async Task<DemoResult> RunAsync(CancellationToken cancellationToken)
    {
        view.Say(
            $"Starting two Sandboxes, replica sets of {options.Members}, each in a process of its own (seed {options.Seed})."
        );
        await using var sourceServer = await SandboxProcess.StartAsync(options.Members, time, cancellationToken);
        await using var destinationServer = await SandboxProcess.StartAsync(options.Members, time, cancellationToken);
        view.Say($"Source:      {sourceServer.ConnectionString}");
        view.Say($"Destination: {destinationServer.ConnectionString}");
        using var sourceClient = new MongoClient(sourceServer.ConnectionString);
        using var destinationClient = new MongoClient(destinationServer.ConnectionString);
        view.Say("Filling the source.");
        await new Shop(ShopOn(sourceClient), new Random(options.Seed)).FillAsync(options.Orders, cancellationToken);

        var before = new Application(ShopOn(sourceClient), ledger, options.Seed + 1, time);
        before.Start(withDefinitions: true);
        view.Say("An application writes to the source from now on; the migration begins.");
        await using var clusters = ClusterPair.Open(
            sourceServer.ConnectionString,
            destinationServer.ConnectionString,
            time
        );
        var migration = new Migration(
            new MigrationSettings(),
            clusters.Source,
            clusters.Destination,
            time,
            NullLoggerFactory.Instance
        );
        var run = migration.RunAsync(cancellationToken);
        await FollowAsync(migration, run, before, cancellationToken);
        await before.StopAsync();
        view.Say(
            $"In sync. The application has stopped after {Words.Number(before.Acknowledged)} writes; cutting over."
        );
        await OpenAsync(migration, run, cancellationToken);

        var opening = await clusters.Destination.AppendNoteAsync("godwit demo: opening", cancellationToken);
        var after = new Application(ShopOn(destinationClient), ledger, options.Seed + 100, time);
        after.Start(withDefinitions: false);
        var downtime = time.GetElapsedTime(before.LastAcknowledgedAt, await after.FirstAcknowledgedAsync());
        view.Say(
            $"The application writes to the destination, {downtime.TotalMilliseconds:N0} ms after its last write to the source."
        );
        var report = await run;
        view.Show(migration.Progress);

        view.Say("Comparing both sides as of the cutover, byte for byte, while the application goes on.");
        var comparison = await new Comparison(
            clusters.Source,
            clusters.Destination,
            NamespaceScope.Everything,
            ignoreExisting: false,
            time
        ).RunAsync(opening, _ => { }, cancellationToken);
        await after.StopAsync();
        return await ConcludeAsync(
            report,
            comparison,
            ShopOn(destinationClient),
            downtime,
            before.Acknowledged + after.Acknowledged,
            cancellationToken
        );
    }

    private static IMongoDatabase ShopOn(MongoClient client) =>
        client.WithWriteConcern(WriteConcern.WMajority).GetDatabase(Shop.Name);

    /// <summary>Shows progress until the cutover may begin and the application has written for as long as asked.</summary>
    private async Task FollowAsync(
        Migration migration,
        Task run,
        Application application,
        CancellationToken cancellationToken
    )
    {
        var began = time.GetTimestamp();
        while (!migration.Progress.CanCommit || time.GetElapsedTime(began).TotalSeconds < options.Seconds)
        {
            application.ThrowIfFailed();
            view.Show(migration.Progress);
            copyClock.Observe(migration.Progress.Phase);
            await Task.WhenAny(run, Task.Delay(ViewInterval, time, cancellationToken));
            if (run.IsCompleted)
            {
                await run;
                throw new DemoFailedException("the migration ended before the cutover");
            }

            cancellationToken.ThrowIfCancellationRequested();
        }

        view.Show(migration.Progress);
    }

    /// <summary>Asks for the cutover and waits until the destination may be written to.</summary>
    private async Task OpenAsync(Migration migration, Task run, CancellationToken cancellationToken)
    {
        while (!migration.Progress.IsDestinationOpen)
        {
            // One that was given up has to be asked for again.
            migration.RequestCutover();
            await Task.WhenAny(run, Task.Delay(OpeningInterval, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (run.IsCompleted)
            {
                await run;
                return;
            }
        }
    }

    private async Task<DemoResult> ConcludeAsync(
        MigrationReport report,
        ComparisonOutcome comparison,
        IMongoDatabase destination,
        TimeSpan downtime,
        long writes,
        CancellationToken cancellationToken
    )
    {
        List<string> wrong =
        [
            .. comparison.Differences.Select(one => $"{one.Collection} {one.Key}: {one.What}"),
            .. await ledger.AuditAsync(destination, cancellationToken),
        ];
        if (await Transfers.AuditAsync(destination, cancellationToken) is { } torn)
        {
            wrong.Add(torn);
        }

        var isProven = report.Verdict.IsProven;
        foreach (var one in wrong.Take(20))
        {
            view.Say($"  {one}");
        }

        return new()
        {
            Outcome = isProven && wrong.Count == 0 ? "migrated" : "failed",
            Reason =
                report.Failure is { } failure ? failure.Message
                : !isProven ? $"{report.Verdict.Text}: {report.Verdict.Reason}"
                : wrong.Count > 0 ? wrong[0]
                : null,
            Collections = comparison.Collections.Count,
            Documents = comparison.Collections.Sum(one => one.Documents),
            ChangesApplied = report.Totals.ChangesApplied,
            Differences = wrong.Count,
            DowntimeMs = Math.Round(downtime.TotalMilliseconds, 1),
            CopyMegabytesPerSecond = Math.Round(copyClock.RateOf(report.Totals.BytesCopied) / 1e6, 3),
            WritesAcknowledged = writes,
        };
    }
}
