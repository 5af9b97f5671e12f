using System.Collections.Concurrent;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine.Copying;
using Godwit.Engine.Recovery;

namespace Godwit.Cluster.Working;

/// <summary>Takes ranges from the leader and moves them, as many at once as it has room for.</summary>
internal sealed class RangeWorker(ILeadGrain lead, HostIdentity self, RangeMover mover, Lease lease, TimeProvider time)
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<Guid, bool> moves = new();
    private long documents;

    /// <summary>Ranges under way.</summary>
    internal Guid[] Moves => [.. moves.Keys];

    /// <summary>Documents moved since the start.</summary>
    internal long Documents => Interlocked.Read(ref documents);

    /// <summary>Works until it is cancelled.</summary>
    internal Task RunAsync(int atOnce, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => WorkAsync(cancellationToken)));

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        for (var failures = 0; !cancellationToken.IsCancellationRequested; )
        {
            try
            {
                var asked = lease.Now();
                if (await lead.TakeAsync(self.Id).WaitAsync(cancellationToken).ConfigureAwait(false) is { } order)
                {
                    lease.Confirm(asked);
                    failures = await MoveAsync(order, cancellationToken).ConfigureAwait(false) ? 0 : failures + 1;
                }
            }
            catch (Exception unreached)
                when (HostMember.IsAway(unreached) && !cancellationToken.IsCancellationRequested)
            {
                failures++;
            }

            // Who cannot reach a cluster leaves the ranges to those who can.
            if (failures > 0)
            {
                var rest = FirstRest * Math.Pow(2, Math.Min(failures - 1, 5));
                await Task.Delay(rest < LongestRest ? rest : LongestRest, time, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <returns>Whether nothing failed here.</returns>
    private async Task<bool> MoveAsync(MoveOrder order, CancellationToken cancellationToken)
    {
        moves[order.Id] = true;
        try
        {
            var end = await TryAsync(order, cancellationToken).ConfigureAwait(false);
            if (end is not null)
            {
                await lead.EndAsync(order.Id, end).ConfigureAwait(false);
            }

            return end is null || ReferenceEquals(end, MoveEnd.Done);
        }
        finally
        {
            _ = moves.TryRemove(order.Id, out _);
        }
    }

    /// <returns>How it ended; <see langword="null"/> if nobody counts on it any more.</returns>
    private async Task<MoveEnd?> TryAsync(MoveOrder order, CancellationToken cancellationToken)
    {
        var moving = mover.MoveAsync(order.ToMove(), cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (moving.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await moving.MoveNextAsync().ConfigureAwait(false))
                    {
                        return MoveEnd.Done;
                    }
                }
                catch (LeaseLapsedException)
                {
                    // It stood still for minutes: whoever ordered the move has closed its tickets long since.
                    return null;
                }
                catch (Exception failed)
                {
                    return MoveEnd.Of(failed);
                }

                _ = Interlocked.Add(ref documents, moving.Current.Size.Documents);
                if (!await MayGoOnAsync(order.Id, moving.Current).ConfigureAwait(false))
                {
                    return null;
                }
            }
        }
    }

    private async Task<bool> MayGoOnAsync(Guid move, MovedBatch moved)
    {
        var note = new MovedNote(
            moved.Size.Documents,
            moved.Size.Bytes,
            (byte)moved.LastId.Type,
            moved.LastId.Bytes.ToArray()
        );
        for (MovedNote? next = note; ; next = null)
        {
            var asked = lease.Now();
            var signal = await lead.ReportAsync(move, next).ConfigureAwait(false);
            if (signal != MoveSignal.Stop)
            {
                lease.Confirm(asked);
            }

            if (signal != MoveSignal.Wait)
            {
                return signal == MoveSignal.Go;
            }
        }
    }
}
