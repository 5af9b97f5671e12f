using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;
using Godwit.Engine.Reversal;
using Microsoft.Extensions.Logging;

namespace Godwit.Engine;

/// <summary>
/// A migration from one cluster to another: what hosts drive. Run it again after any interruption and it goes on from the reserved
/// database on the destination.
/// </summary>
internal sealed class Migration(
    MigrationSettings settings,
    ISourceCluster source,
    IDestinationCluster destination,
    TimeProvider time,
    ILoggerFactory loggers
)
{
    private readonly MigrationRequests requests = new();
    private readonly Notices notices = new();
    private volatile MigrationRun? run;

    /// <summary>Where it stands; may be read from any thread at any time.</summary>
    internal MigrationProgress Progress => run?.Progress() ?? MigrationProgress.None;

    /// <summary>Adds what whoever runs it has noticed to what people are told of it, and to the report.</summary>
    internal void Say(string text) => notices.Say(text);

    /// <summary>Tells it what it may ask of the source from now on (H14).</summary>
    internal void RequestLimits(ReadLimits limits) => requests.RequestLimits(limits);

    /// <summary>Whether a cutover is asked for and was not given up since.</summary>
    internal bool IsCutoverRequested => requests.IsCutoverRequested;

    /// <summary>Asks for the cutover; it begins as soon as both sides are proven equal.</summary>
    internal void RequestCutover() => requests.RequestCutover();

    /// <summary>
    /// Asks the run to give up a cutover that is not decided, to finish what it has begun, to save its position and to return as paused.
    /// </summary>
    internal void RequestPause() => requests.RequestPause();

    /// <summary>
    /// Runs until it is committed, paused, or cannot go on without a person; the report says which. Cancelling stops at once and as
    /// safely.
    /// </summary>
    internal async Task<MigrationReport> RunAsync(CancellationToken cancellationToken)
    {
        var context = new LifeContext(
            settings,
            settings.Scope.Narrow(source),
            settings.Scope.Rename(destination),
            time,
            NewRetry(settings, time),
            requests,
            notices,
            loggers.CreateLogger<Migration>()
        );
        if (settings.Limits is { } limits)
        {
            requests.RequestLimits(limits);
        }

        var holder = new Holder(Guid.NewGuid(), MustStillHold: false);
        for (var losses = 0; ; )
        {
            var life = run = new MigrationRun(context, holder);
            try
            {
                return await life.RunAsync(cancellationToken);
            }
            catch (ClusterException lost)
                when (lost is { Kind: FaultKind.HistoryLost, Side: Side.Source } && losses < settings.HistoryLossesMax)
            {
                // The next life finds out what was lost, and compares everything (S20).
                notices.Say($"The change stream of the source could not go on: {lost.Message}");
                losses++;
            }
            catch (LeaseLapsedException lapsed)
            {
                notices.Say($"{lapsed.Message} The migration is taken up anew.");
            }
            catch (FacilitiesChangedException changed)
            {
                notices.Say($"{changed.Message} What they offer is found out anew.");
            }

            holder = holder with { MustStillHold = holder.MustStillHold || life.HasHeld };
        }
    }

    /// <summary>Asks a migration that another process runs for its cutover. False if there is none.</summary>
    internal static Task<bool> AskForCutoverAsync(
        IDestinationCluster destination,
        CancellationToken cancellationToken
    ) => ReservedStore.AskAsync(destination, Tenure.CutoverAsked, true, cancellationToken);

    /// <summary>Asks a migration that another process runs to stop at a checkpoint. False if there is none.</summary>
    internal static Task<bool> AskForPauseAsync(IDestinationCluster destination, CancellationToken cancellationToken) =>
        ReservedStore.AskAsync(destination, Tenure.PauseAsked, true, cancellationToken);

    /// <summary>
    /// Tells a migration, whoever runs it now or later, what it may ask of its source from now on (H14). False if there is none.
    /// </summary>
    internal static Task<bool> AskForLimitsAsync(
        IDestinationCluster destination,
        ReadLimits limits,
        CancellationToken cancellationToken
    ) => ReservedStore.AskAsync(destination, Steering.Limits, limits.ToDocument(), cancellationToken);

    /// <summary>
    /// Turns a committed migration round: what it has proven is recorded on its source, so that a migration in the other direction goes
    /// on from there (S29). Done again, it goes on where it was, or does nothing.
    /// </summary>
    /// <param name="used">The cluster that was moved to.</param>
    /// <param name="oldSource">The cluster that was moved from: the destination from now on.</param>
    /// <param name="notices">What people are told.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MigrationFailedException">It cannot be reversed, or not now.</exception>
    internal static Task HandOverAsync(
        IDestinationCluster used,
        IDestinationCluster oldSource,
        Notices notices,
        TimeProvider time,
        CancellationToken cancellationToken
    ) => new HandOver(used, oldSource, notices, NewRetry(new(), time), time).RunAsync(cancellationToken);

    /// <summary>
    /// Gives a migration up: stops whoever runs it, releases the source, forgets its progress. The data stay where they are. False if
    /// there is none.
    /// </summary>
    /// <exception cref="MigrationFailedException">Its cutover is decided already.</exception>
    internal static Task<bool> CancelAsync(
        ISourceCluster source,
        IDestinationCluster destination,
        Notices notices,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var settings = new MigrationSettings();
        return new Cancellation(source, destination, settings, notices, NewRetry(settings, time), time).RunAsync(
            cancellationToken
        );
    }

    private static RetryPolicy NewRetry(MigrationSettings settings, TimeProvider time) =>
        RetryPolicy.Within(settings.OutageMax, time);
}
