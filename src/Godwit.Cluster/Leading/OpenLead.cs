using Godwit.Cluster.Messages;
using Godwit.Engine.Copying;
using Godwit.Engine.Remote;

namespace Godwit.Cluster.Leading;

/// <summary>
/// A migration that this host leads because it was told to, not because it came first: others may help, and whether they do, or can be
/// reached at all, changes nothing for it.
/// </summary>
internal sealed class OpenLead : IAsyncDisposable
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);
    private readonly LeadSeats seats;
    private readonly HostIdentity self;
    private readonly Func<IGrainFactory> grains;
    private readonly string migration;
    private readonly TimeProvider time;
    private readonly RangeBoard board;
    private readonly ChangeBoard changes;
    private readonly HostLedger ledger;
    private readonly CancellationTokenSource over = new();
    private readonly Task keeping;

    /// <param name="seats">The seats of this process.</param>
    /// <param name="self">The process.</param>
    /// <param name="grains">The way to the others; throws <see cref="InvalidOperationException"/> while there is none.</param>
    /// <param name="migration">Which.</param>
    /// <param name="time">The clock.</param>
    internal OpenLead(
        LeadSeats seats,
        HostIdentity self,
        Func<IGrainFactory> grains,
        string migration,
        TimeProvider time
    )
    {
        (this.seats, this.self, this.grains, this.migration, this.time) = (seats, self, grains, migration, time);
        (board, changes, ledger) = (new(time), new(time), new(time));
        _ = seats.Open(migration, () => new(self, migration, board, changes, ledger, time));
        keeping = Task.Run(KeepAsync, CancellationToken.None);
    }

    /// <summary>Name of this host.</summary>
    internal string Name => self.Name;

    /// <summary>Gives ranges to those who help.</summary>
    internal IRangeHosts Board => board;

    /// <summary>Gives change streams to those who help.</summary>
    internal IChangeHosts Changes => changes;

    /// <summary>Who helps, or has helped.</summary>
    internal IReadOnlyList<HostShare> Helpers => ledger.Shares;

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync().ConfigureAwait(false);
        await keeping.ConfigureAwait(false);
        seats.Close(migration);
        over.Dispose();
    }

    /// <summary>Sees that the others find it here, also after they, or this host, were away.</summary>
    private async Task KeepAsync()
    {
        while (!over.IsCancellationRequested)
        {
            var beat = new HostBeat(self.Id, self.Name, self.Version, migration, time.GetUtcNow(), []);
            try
            {
                _ = await grains()
                    .GetGrain<ILeadGrain>(migration)
                    .BeatAsync(beat)
                    .WaitAsync(over.Token)
                    .ConfigureAwait(false);
            }
            catch (Exception away) when (HostMember.IsAway(away))
            {
                // Nobody helps meanwhile.
            }

            board.LookForSilent();
            changes.LookForSilent();
            await Task.Delay(BeatEvery, time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
