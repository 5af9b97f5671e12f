using Godwit.Cluster.Messages;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Godwit.Cluster.Leading;

/// <summary>
/// Stands for the leader among the hosts: all it is told goes to the <see cref="Lead"/> of the process it was activated in. There is one
/// activation; should there be two for a moment, as in a partition, the later epoch's fence keeps the earlier one's writes off (S17).
/// </summary>
[Reentrant]
[KeepAlive]
[PreferLocalPlacement]
internal sealed class LeadGrain(LeadSeats seats) : Grain, ILeadGrain
{
    private Lead? lead;

    /// <summary>The leadership; where it was lost, the next call finds whoever leads by then.</summary>
    private Lead Own
    {
        get
        {
            if (lead is { Lost.IsCancellationRequested: false } own)
            {
                return own;
            }

            DeactivateOnIdle();
            throw new InvalidOperationException("this host does not lead that migration any more");
        }
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        lead = seats.Take(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        lead?.Lose();
        return Task.CompletedTask;
    }

    public Task<BeatAnswer> BeatAsync(HostBeat beat) => Task.FromResult(Own.Hear(beat));

    public Task<RangeOrder?> TakeAsync(Guid hostId) => Own.Board.TakeAsync(hostId);

    public Task<MoveSignal> ReportAsync(Guid move, MovedNote? note) => Own.Board.ReportAsync(move, note);

    public Task<ChangeOrder[]> FetchChangesAsync(Guid hostId, Guid[] atWork) => Own.Changes.FetchAsync(hostId, atWork);

    public Task<StreamTerms> BringChangesAsync(Guid stream, StreamReply? reply) =>
        Own.Changes.BringAsync(stream, reply);

    public Task EndWriteAsync(Guid stream, Guid order, WrittenText end)
    {
        Own.Changes.End(stream, order, end);
        return Task.CompletedTask;
    }

    public Task EndAsync(Guid order, RangeEnd end)
    {
        Own.Board.End(order, end);
        return Task.CompletedTask;
    }
}
