using System.Collections.Concurrent;
using Godwit.Cluster.Messages;

namespace Godwit.Cluster.Leading;

/// <summary>The leadership of a process over one migration: who is there, and what they move.</summary>
/// <param name="self">The process.</param>
/// <param name="settings">Hash of what it was told to migrate, and how: others have to have been told the same.</param>
/// <param name="board">Ranges that it has to give.</param>
/// <param name="changes">Change streams that it has to give.</param>
/// <param name="ledger">What the others have done.</param>
/// <param name="time">The clock.</param>
internal sealed class Lead(
    HostIdentity self,
    string settings,
    RangeBoard board,
    ChangeBoard changes,
    HostLedger ledger,
    TimeProvider time
)
{
    /// <summary>How far clocks may be apart: leases are kept by each host's own clock, but people compare logs.</summary>
    internal static readonly TimeSpan ClocksApartMax = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, HostSeen> hosts = new();
    private readonly CancellationTokenSource lost = new();
    private volatile MigrationEnd? end;

    internal RangeBoard Board => board;

    internal ChangeBoard Changes => changes;

    /// <summary>Cancelled when another process leads.</summary>
    internal CancellationToken Lost => lost.Token;

    internal void Lose() => lost.Cancel();

    /// <summary>Gives up what hosts were at that say nothing; to be called about once a second.</summary>
    internal void LookForSilent()
    {
        board.LookForSilent();
        changes.LookForSilent();
    }

    /// <summary>Takes a sign of life and answers it.</summary>
    internal BeatAnswer Hear(HostBeat beat)
    {
        var (refusal, remedy) = Judge(beat);
        if (refusal is null && beat.HostId != self.Id)
        {
            hosts[beat.HostId] = new(time.GetTimestamp(), end is not null);
            board.Hear(beat.HostId, beat.Orders);
            ledger.Hear(beat);
        }

        return new(self.Name, self.Id, refusal, remedy, end);
    }

    /// <summary>The migration has ended: waits until the other hosts know, or have had the time to.</summary>
    internal async Task TellAsync(MigrationEnd ended, TimeSpan patience)
    {
        end = ended;
        using var limit = new CancellationTokenSource(patience, time);
        while (hosts.Values.Any(one => !one.KnowsEnd && !one.IsGone(time)) && !limit.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private (string? Refusal, string? Remedy) Judge(HostBeat beat)
    {
        var apart = (beat.Now - time.GetUtcNow()).Duration();
        return beat.Version != self.Version
                ? (
                    $"{beat.Host} runs Godwit {beat.Version}, the leader {self.Name} {self.Version}.",
                    "Install the same version on all hosts."
                )
            : beat.Settings != settings
                ? (
                    $"{beat.Host} was told to migrate otherwise than the leader {self.Name}.",
                    "Start all hosts with the same source, destination, filters and options."
                )
            : apart > ClocksApartMax
                ? (
                    $"The clocks of {beat.Host} and of the leader {self.Name} are {apart.TotalSeconds:0} s apart.",
                    "Set the clocks (NTP), then start this host again."
                )
            : (null, null);
    }

    private sealed record HostSeen(long At, bool KnowsEnd)
    {
        internal bool IsGone(TimeProvider time) => time.GetElapsedTime(At) > RangeBoard.SilenceMax;
    }
}
