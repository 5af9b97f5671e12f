using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Cutover;
using Godwit.Engine.Pacing;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Verifying;
using Microsoft.Extensions.Logging;

namespace Godwit.Engine.Lifecycle;

/// <summary>Watches the phase of a life and what people ask of it, until there is nothing more to do.</summary>
internal sealed partial class Steering(
    SyncState state,
    Verifier verifier,
    CutoverRunner cutover,
    AlignedBarrier barrier,
    CheckpointWriter checkpoints,
    ReservedStore store,
    ReadPacer pacer,
    MigrationRequests requests,
    Notices notices,
    MigrationSettings settings,
    TimeProvider time,
    ILogger logger
)
{
    internal const string Limits = "limits";
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(250);
    private static readonly RawDocument NoRelease = new DocumentBuilder { { SourceBlock.ReleaseAsked, false } }.Build();
    private static readonly RawDocument NoWish = new DocumentBuilder { { Tenure.CutoverAsked, false } }.Build();

    private readonly long startedAt = time.GetTimestamp();

    internal MigrationPhase Phase { get; private set; } = MigrationPhase.Preparing;

    /// <summary>How long this life took to have everything copied; <see langword="null"/> until then.</summary>
    internal TimeSpan? CopyDuration { get; private set; }

    /// <summary>Steers until the migration is committed or paused.</summary>
    internal async Task<MigrationOutcome> RunAsync(CancellationToken cancellationToken)
    {
        pacer.Limit(ReadLimits.Parse((await store.ReadStateAsync(cancellationToken))[Limits]) ?? pacer.Limits);
        for (var looks = 0; ; looks++)
        {
            var asked = requests.Changed.Next;
            UpdatePhase();
            await LimitAsync(cancellationToken);
            if (requests.IsPauseRequested)
            {
                await barrier.RunAsync(ClusterTime.Zero, (_, token) => checkpoints.SaveAsync(token), cancellationToken);
                return MigrationOutcome.Paused;
            }

            var isWanted = settings.CutoverAutomatic || requests.IsCutoverRequested;
            if (
                Phase == MigrationPhase.InSync
                && isWanted
                && IsLittleLeft()
                && await TryCutOverAsync(cancellationToken)
            )
            {
                return MigrationOutcome.Committed;
            }

            if (looks % 4 == 3)
            {
                await HearAsync(cancellationToken);
            }

            _ = await Task.WhenAny(asked, Task.Delay(WatchEvery, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Finishes a cutover that is decided.</summary>
    internal async Task FinishAsync(CancellationToken cancellationToken)
    {
        Phase = MigrationPhase.Finalising;
        await cutover.FinishAsync(cancellationToken);
        Phase = MigrationPhase.Done;
    }

    /// <summary>False if the cutover was given up and the migration goes on; who asked for it has to ask again.</summary>
    private async Task<bool> TryCutOverAsync(CancellationToken cancellationToken)
    {
        Phase = MigrationPhase.Finalising;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, requests.Pausing);
        pacer.Lift(true);
        try
        {
            await cutover.DecideAsync(either.Token);
        }
        catch (OperationCanceledException)
            when (requests.IsPauseRequested && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (CutoverGivenUpException givenUp) when (!settings.CutoverAutomatic)
        {
            notices.Say($"{givenUp.Message} {givenUp.Remedy}");
            // Nobody can ask again before the old wish is gone from where other processes put theirs, so that none is lost.
            await store.SetStateAsync(NoWish, cancellationToken);
            requests.ForgetCutover();
            return false;
        }
        finally
        {
            pacer.Lift(false);
        }

        LogDecided(cutover.Downtime?.TotalMilliseconds ?? 0);
        // Ranges that were copied last are not recorded yet: a reverse would have to compare them (S29).
        await checkpoints.SaveAsync(cancellationToken);
        await cutover.FinishAsync(cancellationToken);
        if (!settings.BlockSourceWrites && !settings.IsRehearsal)
        {
            await Task.Delay(settings.LateWriteWatch, time, cancellationToken);
            await cutover.NameWritersAsync(cancellationToken);
        }

        Phase = MigrationPhase.Done;
        return true;
    }

    /// <summary>Keeps limits that were asked for here, so that later lives keep to them too.</summary>
    private async Task LimitAsync(CancellationToken cancellationToken)
    {
        if (requests.TakeLimits() is { } wanted)
        {
            pacer.Limit(wanted);
            var kept = new DocumentBuilder { { Limits, wanted.ToDocument() } };
            await store.SetStateAsync(kept.Build(), cancellationToken);
        }
    }

    /// <summary>Takes in what other processes ask for, and whether this one still holds the migration.</summary>
    private async Task HearAsync(CancellationToken cancellationToken)
    {
        var current = await store.ReadStateAsync(cancellationToken);
        if (current[Tenure.CutoverAsked].IsTruthy())
        {
            requests.RequestCutover();
        }

        if (ReadLimits.Parse(current[Limits]) is { } limits && limits != pacer.Limits)
        {
            pacer.Limit(limits);
        }

        if (current[Tenure.PauseAsked].IsTruthy())
        {
            requests.RequestPause();
        }

        if (current[SourceBlock.ReleaseAsked].IsTruthy())
        {
            await cutover.LiftLeftBlockAsync(cancellationToken);
            await store.SetStateAsync(NoRelease, cancellationToken);
        }
    }

    /// <summary>A collection that has just come counts as little until it is measured: the cutover waits until that is known.</summary>
    private bool IsLittleLeft()
    {
        lock (state.Gate)
        {
            return state.IsNearlyCopied && state.IsMeasured;
        }
    }

    private void UpdatePhase()
    {
        lock (state.Gate)
        {
            CopyDuration ??= state.IsNearlyCopied ? time.GetElapsedTime(startedAt) : null;
            var next =
                !state.IsNearlyCopied ? MigrationPhase.Copying
                : verifier.IsProven ? MigrationPhase.InSync
                : MigrationPhase.Applying;
            if (next != Phase)
            {
                LogPhase(next);
                Phase = next;
            }
        }
    }

    [LoggerMessage(2, LogLevel.Information, "Phase {Phase} reached")]
    private partial void LogPhase(MigrationPhase phase);

    [LoggerMessage(3, LogLevel.Information, "Cutover decided after {Milliseconds} ms")]
    private partial void LogDecided(double milliseconds);
}
