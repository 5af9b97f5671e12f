using System.Collections.Concurrent;
using Godwit.Engine;
using Godwit.Engine.Cutover;
using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Sync.Api;
using Microsoft.Extensions.Logging;

namespace Godwit.Sync.Running;

/// <summary>
/// mongosync's state machine over the engine. What it is asked is saved on the destination before it answers; where it stands after a
/// restart is read from there (<see cref="SyncRecord"/>, the migration's own document), never from this host.
/// </summary>
internal sealed partial class SyncService : IAsyncDisposable
{
    private static readonly TimeSpan PausePatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(2);
    private readonly SyncOptions options;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly RetryPolicy retry;
    private readonly StartChecks checks;
    private readonly PingWatch pings;
    private readonly Dictionary<ClusterLabel, IDestinationCluster> clusters;
    private readonly SemaphoreSlim commands = new(1);
    private readonly ConcurrentQueue<string> warnings = [];
    private readonly CancellationTokenSource immediate = new();
    private readonly TaskCompletionSource<SyncEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Standing standing = new(SyncState.INITIALIZING);
    private Task living = Task.CompletedTask;
    private volatile bool isStopping;

    internal SyncService(SyncOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        (this.options, this.time, this.loggers) = (options, time, loggers);
        logger = loggers.CreateLogger<SyncService>();
        retry = new(
            time,
            new Random(),
            TimeSpan.FromMilliseconds(50),
            TimeSpan.FromSeconds(2),
            TimeSpan.FromMinutes(1)
        );
        checks = new(options, time);
        pings = new(time);
        clusters = Enum.GetValues<ClusterLabel>()
            .ToDictionary(
                label => label,
                IDestinationCluster (label) =>
                    new MongoDestination(MongoAddress.Parse(options.AddressOf(label)), time, migration: options.Name)
            );
        foreach (var remark in options.Remarks)
        {
            Warn(remark);
        }
    }

    /// <summary>Completes when the process is to end: after an error that needs a person.</summary>
    internal Task<SyncEnd> Ended => ended.Task;

    /// <summary>Where it stands.</summary>
    internal SyncPicture Picture
    {
        get
        {
            var now = standing;
            var progress = now.Life?.Progress;
            var state = StateOf(now, progress);
            var isOpen = progress?.IsDestinationOpen == true || state == SyncState.COMMITTED;
            return new(state)
            {
                CanCommit = state == SyncState.RUNNING && now.Life!.CanCommit(progress!),
                CanWrite = isOpen,
                Progress = progress,
                Report = now.Report,
                Source = now.Record is { } from ? Describe(from.Request.Source) : null,
                Destination = now.Record is { } to ? Describe(to.Request.Destination) : null,
                SourcePing = now.Record is { } one ? pings.Of(one.Request.Source) : null,
                DestinationPing = now.Record is { } other ? pings.Of(other.Request.Destination) : null,
                Warnings =
                [
                    .. warnings,
                    .. now.Record?.Request.Remarks ?? [],
                    .. progress?.Warnings ?? now.Report?.Remarks ?? [],
                ],
            };
        }
    }

    /// <summary>Finds out where the migration stands and goes on with it; returns once that is known.</summary>
    internal async Task InitializeAsync()
    {
        var token = immediate.Token;
        _ = pings.RunAsync(clusters, token).ContinueWith(_ => { }, TaskScheduler.Default);
        while (true)
        {
            try
            {
                await FindOutAsync(token);
                return;
            }
            catch (ClusterException fault) when (fault.Kind is not FaultKind.BadRequest)
            {
                Warn($"The {fault.Side} does not answer: {fault.Message}");
                LogUnknown(SecretText.OfText(fault.Message));
            }
            catch (ClusterException refused)
            {
                Finish(new("Unauthorized", SecretText.OfText(refused.Message), "Check user, password and roles."));
                return;
            }

            await Task.Delay(AgainAfter, time, token);
        }
    }

    internal Task StartAsync(string body, CancellationToken cancellationToken) =>
        OneAtATimeAsync(
            async () =>
            {
                Require(
                    SyncState.IDLE,
                    "start",
                    "a migration is under way or done. Drop its metadata to begin another"
                );
                var request = StartRequest.Parse(body);
                await checks.RunAsync(request, isReverse: false, cancellationToken);
                var destination = clusters[request.Destination];
                await ClearFinishedAsync(destination, cancellationToken);
                var record = new SyncRecord(body, request, IsPaused: false);
                await SaveAsync(record, cancellationToken);
                Live(record, isCommitting: false);
            },
            cancellationToken
        );

    internal Task PauseAsync(CancellationToken cancellationToken) =>
        OneAtATimeAsync(
            async () =>
            {
                Require(SyncState.RUNNING, "pause", "only what is RUNNING can be paused");
                var now = standing;
                var record = now.Record! with { IsPaused = true };
                await SaveAsync(record, cancellationToken);
                standing = now with { Record = record };
                now.Life!.RequestPause();
                // A busy destination needs a while to come to a checkpoint; whoever asks again sees RUNNING until it has.
                _ = await Task.WhenAny(living, Task.Delay(PausePatience, time, cancellationToken));
            },
            cancellationToken
        );

    internal Task ResumeAsync(CancellationToken cancellationToken) =>
        OneAtATimeAsync(
            async () =>
            {
                Require(SyncState.PAUSED, "resume", "only what is PAUSED can be resumed");
                var record = standing.Record! with { IsPaused = false };
                await SaveAsync(record, cancellationToken);
                Live(record, isCommitting: false);
            },
            cancellationToken
        );

    internal Task CommitAsync(CancellationToken cancellationToken) =>
        OneAtATimeAsync(
            async () =>
            {
                Require(SyncState.RUNNING, "commit", "only what is RUNNING and has canCommit can be committed");
                var now = standing;
                if (!Picture.CanCommit)
                {
                    throw new SyncRefusal(
                        "NotReadyToCommit",
                        409,
                        "canCommit is false: wait until it is true, and commit then. progress.godwit.cannotCommitBecause says why."
                    );
                }

                var destination = clusters[now.Record!.Request.Destination];
                _ = await ReachAsync(token => Migration.AskForCutoverAsync(destination, token), cancellationToken);
                now.Life!.RequestCutover();
            },
            cancellationToken
        );

    internal Task ReverseAsync(CancellationToken cancellationToken) =>
        OneAtATimeAsync(
            async () =>
            {
                Require(SyncState.COMMITTED, "reverse", "only what is COMMITTED can be reversed");
                var record = standing.Record!;
                if (!record.Request.IsReversible)
                {
                    throw new SyncRefusal(
                        "ReversibleNotAllowed",
                        422,
                        "The migration was not started with 'reversible': what is done to its destination since is not brought back."
                    );
                }

                await checks.RunAsync(record.Request.Turned(), isReverse: true, cancellationToken);
                // What is left to do after the commit, such as starting balancers, is done first.
                await living.WaitAsync(cancellationToken);
                var reversing = record with { IsReversing = true };
                await SaveAsync(reversing, cancellationToken);
                BeginTurning(reversing);
            },
            cancellationToken
        );

    /// <summary>Requests are carried out one after the other: each looks at the state that the one before has left.</summary>
    private async Task OneAtATimeAsync(Func<Task> request, CancellationToken cancellationToken)
    {
        await commands.WaitAsync(cancellationToken);
        try
        {
            await request();
        }
        finally
        {
            _ = commands.Release();
        }
    }

    /// <summary>Stops at a checkpoint; what was asked for stays asked for, and the next process goes on.</summary>
    internal async Task StopAsync(CancellationToken cancellationToken)
    {
        isStopping = true;
        standing.Life?.RequestPause();
        await living.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        isStopping = true;
        await immediate.CancelAsync();
        await living.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var cluster in clusters.Values)
        {
            await cluster.DisposeAsync();
        }

        commands.Dispose();
        immediate.Dispose();
    }

    private static SyncState StateOf(Standing now, MigrationProgress? progress) =>
        now.State != SyncState.RUNNING ? now.State
        : now.Life!.IsCommitting || progress!.Phase >= MigrationPhase.Finalising ? SyncState.COMMITTING
        : SyncState.RUNNING;

    private async Task FindOutAsync(CancellationToken cancellationToken)
    {
        if (await SyncRecord.FindAsync(clusters, retry, cancellationToken) is not var (at, record))
        {
            standing = new(SyncState.IDLE);
            return;
        }

        if (record.Request.Destination != at)
        {
            Finish(
                new(
                    "TopologyMismatch",
                    $"The migration that is recorded on {Describe(at)} began with it as {record.Request.Destination}.",
                    "Give cluster0 and cluster1 as they were when it was started."
                )
            );
        }
        else if (record.IsReversing)
        {
            BeginTurning(record);
        }
        else
        {
            await TakeUpAsync(clusters[at], record, cancellationToken);
        }
    }

    /// <summary>Turns round what is committed, beside everything else.</summary>
    private void BeginTurning(SyncRecord committed)
    {
        standing = new(SyncState.REVERSING) { Record = committed };
        living = Task.Run(() => TurnAsync(committed), CancellationToken.None);
    }

    private async Task TurnAsync(SyncRecord committed)
    {
        try
        {
            var back = await new Reversing(clusters, retry, time, Warn).RunAsync(committed, immediate.Token);
            if (!isStopping)
            {
                Live(back, isCommitting: false);
            }
        }
        catch (OperationCanceledException) when (immediate.IsCancellationRequested)
        {
            // Whoever stops the service waits for nothing more.
        }
        catch (MigrationFailedException failure)
        {
            Finish(new(failure.Code, SecretText.OfText(failure.Message), SecretText.OfText(failure.Remedy)));
        }
    }

    private async Task TakeUpAsync(
        IDestinationCluster destination,
        SyncRecord record,
        CancellationToken cancellationToken
    )
    {
        var state = await retry.RunAsync(token => ReservedStore.ReadStateAsync(destination, token), cancellationToken);
        var journal = state.IsEmpty ? CommitJournal.Empty : CommitJournal.Parse(state["commit"]);
        if (record.IsPaused && !journal.IsDestinationOpen)
        {
            standing = new(SyncState.PAUSED) { Record = record };
            return;
        }

        Live(
            record,
            isCommitting: journal.IsDestinationOpen || (!state.IsEmpty && state[Tenure.CutoverAsked].IsTruthy()),
            isCommitted: journal.State == CommitState.Committed
        );
    }

    /// <summary>A committed migration that brought other data once stands in the way of the record of this one.</summary>
    private async Task ClearFinishedAsync(IDestinationCluster destination, CancellationToken cancellationToken)
    {
        var state = await ReachAsync(token => ReservedStore.ReadStateAsync(destination, token), cancellationToken);
        if (!state.IsEmpty && CommitJournal.Parse(state["commit"]).State == CommitState.Committed)
        {
            await ReachAsync(
                async token =>
                {
                    await destination.DropReservedAsync(token);
                    return true;
                },
                cancellationToken
            );
        }
    }

    /// <summary>
    /// Sets the engine to work. What is committed is said to be so from the first answer on: the engine then only looks whether anything is
    /// left to do, and fetches the report.
    /// </summary>
    private void Live(SyncRecord record, bool isCommitting, bool isCommitted = false)
    {
        var life = new EngineLife(options, record, time, loggers, Warn);
        if (isCommitting)
        {
            life.RequestCutover();
        }

        standing = new(isCommitted ? SyncState.COMMITTED : SyncState.RUNNING) { Record = record, Life = life };
        LogTakenUp(record.Request.Source, record.Request.Destination);
        living = Task.Run(() => LiveAsync(life), CancellationToken.None);
    }

    private async Task LiveAsync(EngineLife life)
    {
        try
        {
            Conclude(await life.RunAsync(immediate.Token));
        }
        catch (OperationCanceledException) when (immediate.IsCancellationRequested)
        {
            // Whoever stops the service waits for nothing more.
        }
        catch (ClusterException fenced)
        {
            Finish(
                new(
                    "TakenOver",
                    SecretText.OfText(fenced.Message),
                    "Another process runs this migration, or has cancelled it. Only one may."
                )
            );
        }
    }

    private void Conclude(MigrationReport report)
    {
        switch (report.Outcome)
        {
            case MigrationOutcome.Committed:
                standing = standing with { State = SyncState.COMMITTED, Report = report };
                LogCommitted(report.Verdict.Text, report.Verdict.Reason);
                break;
            case MigrationOutcome.Paused when !isStopping:
                standing = standing with { State = SyncState.PAUSED, Life = null };
                break;
            case MigrationOutcome.Paused:
                break;
            case MigrationOutcome.Failed:
                var failure = report.Failure!;
                Finish(new(failure.Code, SecretText.OfText(failure.Message), SecretText.OfText(failure.Remedy)));
                break;
        }
    }

    private void Finish(SyncEnd end)
    {
        LogFatal(end.Code, end.Message, end.Remedy);
        _ = ended.TrySetResult(end);
    }

    private void Warn(string text)
    {
        if (!warnings.Contains(text, StringComparer.Ordinal))
        {
            warnings.Enqueue(text);
        }
    }

    private void Require(SyncState wanted, string request, string otherwise)
    {
        if (Picture.State is var state && state != wanted)
        {
            throw request == "start" && state != SyncState.INITIALIZING
                ? new SyncRefusal("AlreadyStarted", 409, $"'start' cannot be done in state {state}: {otherwise}.")
                : SyncRefusal.BadState(state, request, otherwise);
        }
    }

    private Task SaveAsync(SyncRecord record, CancellationToken cancellationToken) =>
        ReachAsync(
            async token =>
            {
                await record.SaveAsync(clusters[record.Request.Destination], retry, token);
                return true;
            },
            cancellationToken
        );

    private async Task<T> ReachAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await retry.RunAsync(ask, cancellationToken);
        }
        catch (ClusterException fault)
        {
            throw new SyncRefusal(
                "ClusterUnreachable",
                503,
                $"The {fault.Side} did not take it: {SecretText.OfText(fault.Message)} Nothing was begun; ask again."
            );
        }
    }

    private string Describe(ClusterLabel label)
    {
        var server = MongoAddress.Parse(options.AddressOf(label)).DriverSettings.Servers.First();
        return FormattableString.Invariant($"{label}: {server.Host}:{server.Port}");
    }

    [LoggerMessage(301, LogLevel.Information, "Migration from {Source} to {Destination} taken up")]
    private partial void LogTakenUp(ClusterLabel source, ClusterLabel destination);

    [LoggerMessage(302, LogLevel.Information, "Committed: {Verdict} {Reason}")]
    private partial void LogCommitted(string verdict, string reason);

    [LoggerMessage(303, LogLevel.Critical, "{Code}: {Reason} {Remedy}")]
    private partial void LogFatal(string code, string reason, string remedy);

    [LoggerMessage(304, LogLevel.Warning, "Where the migration stands is not known yet: {Fault}")]
    private partial void LogUnknown(string fault);

    private sealed record Standing(SyncState State)
    {
        internal SyncRecord? Record { get; init; }

        internal EngineLife? Life { get; init; }

        internal MigrationReport? Report { get; init; }
    }
}

/// <summary>Why the process ends although nobody told it to.</summary>
/// <param name="Code">A documented name.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record SyncEnd(string Code, string Message, string Remedy);
