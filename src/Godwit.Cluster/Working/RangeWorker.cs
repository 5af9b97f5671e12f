using System.Collections.Concurrent;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine.Copying;
using Godwit.Engine.Recovery;
using Godwit.Engine.Verifying;

namespace Godwit.Cluster.Working;

/// <summary>Takes ranges from the leader and moves them or sums them up, as many at once as it has room for.</summary>
internal sealed class RangeWorker(
    Func<ILeadGrain> lead,
    HostIdentity self,
    RangeMover mover,
    RangeSummer summer,
    Lease lease,
    TimeProvider time
)
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<Guid, bool> orders = new();
    private long moved;
    private long compared;

    /// <summary>What it is at work on.</summary>
    internal Guid[] Orders => [.. orders.Keys];

    /// <summary>Documents moved since the start.</summary>
    internal long Moved => Interlocked.Read(ref moved);

    /// <summary>Why the last range failed here; <see langword="null"/> if it did not.</summary>
    internal string? Fault { get; private set; }

    /// <summary>Documents compared since the start.</summary>
    internal long Compared => Interlocked.Read(ref compared);

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
                if (await lead().TakeAsync(self.Id).WaitAsync(cancellationToken).ConfigureAwait(false) is { } order)
                {
                    lease.Confirm(asked);
                    failures = await CarryOutAsync(order, cancellationToken).ConfigureAwait(false) ? 0 : failures + 1;
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
    private async Task<bool> CarryOutAsync(RangeOrder order, CancellationToken cancellationToken)
    {
        orders[order.Id] = true;
        try
        {
            var end = order.Move is { } move
                ? await TryMoveAsync(order.Id, move.ToMove(), cancellationToken).ConfigureAwait(false)
                : await TrySumAsync(order.Sum!.ToPair(), cancellationToken).ConfigureAwait(false);
            if (end is not null)
            {
                Fault = end.Fault?.Message ?? end.Failure?.Message;
                await lead().EndAsync(order.Id, end).ConfigureAwait(false);
            }

            return end is null || end.IsGood;
        }
        finally
        {
            _ = orders.TryRemove(order.Id, out _);
        }
    }

    private async Task<RangeEnd> TrySumAsync(RangePair pair, CancellationToken cancellationToken)
    {
        try
        {
            var sums = await summer.SumAsync(pair, cancellationToken).ConfigureAwait(false);
            _ = Interlocked.Add(ref compared, sums.Source.Documents);
            return RangeEnd.Summed(sums);
        }
        catch (Exception failed)
        {
            return RangeEnd.Of(failed);
        }
    }

    /// <returns>How it ended; <see langword="null"/> if nobody counts on it any more.</returns>
    private async Task<RangeEnd?> TryMoveAsync(Guid order, RangeMove move, CancellationToken cancellationToken)
    {
        var moving = mover.MoveAsync(move, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (moving.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await moving.MoveNextAsync().ConfigureAwait(false))
                    {
                        return RangeEnd.Done;
                    }
                }
                catch (LeaseLapsedException)
                {
                    // It stood still for minutes: whoever ordered the move has closed its tickets long since.
                    return null;
                }
                catch (Exception failed)
                {
                    return RangeEnd.Of(failed);
                }

                _ = Interlocked.Add(ref moved, moving.Current.Size.Documents);
                if (!await MayGoOnAsync(order, moving.Current).ConfigureAwait(false))
                {
                    return null;
                }
            }
        }
    }

    private async Task<bool> MayGoOnAsync(Guid order, MovedBatch batch)
    {
        var note = new MovedNote(
            batch.Size.Documents,
            batch.Size.Bytes,
            (byte)batch.LastId.Type,
            batch.LastId.Bytes.ToArray()
        );
        for (MovedNote? next = note; ; next = null)
        {
            var asked = lease.Now();
            var signal = await lead().ReportAsync(order, next).ConfigureAwait(false);
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
