using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Pacing;

namespace Godwit.Agent.Migrations;

/// <summary>What of the source side's limits concerns a migration.</summary>
/// <param name="Obstacle">What stands against it altogether.</param>
/// <param name="Closed">That it is outside of the hours in which this host copies.</param>
/// <param name="Bound">What may be asked of a source, of what a request asks.</param>
internal sealed record RunnerRules(
    Func<ReportedFailure?> Obstacle,
    Func<ReportedFailure?> Closed,
    Func<ReadLimits?, ReadLimits?> Bound
);

/// <summary>
/// Pauses a copy when the hours of the host end (P9). What is copied is followed at any hour: the source's oplog does not wait, and a person may
/// want to cut over.
/// </summary>
internal sealed class HoursWatch(
    Func<ReportedFailure?> closed,
    Func<MigrationPhase> phase,
    Action pause,
    Action copied,
    TimeProvider time
)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private volatile ReportedFailure? ended;

    /// <summary>Why the copy was paused; <see langword="null"/> if it was not.</summary>
    internal ReportedFailure? Ended => ended;

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // Before it copies, an engine looks what an earlier life has left: that may be everything.
            switch (phase())
            {
                case MigrationPhase.Preparing:
                    break;
                case MigrationPhase.Copying when closed() is { } reason:
                    ended = reason;
                    pause();
                    return;
                case MigrationPhase.Copying:
                    break;
                case MigrationPhase.Applying:
                case MigrationPhase.InSync:
                case MigrationPhase.Finalising:
                case MigrationPhase.Done:
                    copied();
                    return;
            }

            await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
