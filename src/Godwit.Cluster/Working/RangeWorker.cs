using System.Collections.Concurrent;
using Godwit.Cluster.Leading;
using Godwit.Cluster.Messages;
using Godwit.Engine.Copying;
using Godwit.Engine.Recovery;
using Godwit.Engine.Verifying;

namespace Godwit.Cluster.Working;

/// <summary>Takes ranges from the leader and moves them or sums them up, as many at once as it has room for.</summary>
/// <param name="lead">The way to whoever leads now.</param>
/// <param name="self">The process.</param>
/// <param name="hands">What moves and sums up here.</param>
/// <param name="lease">What is known of the leader's holding the migration.</param>
/// <param name="time">The clock.</param>
internal sealed class RangeWorker(
    Func<ILeadGrain> lead,
    HostIdentity self,
    IRangeHost hands,
    Lease lease,
    TimeProvider time
)
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);

    /// <summary>It stood still for minutes: whoever ordered the move has closed its tickets long since.</summary>
    private static readonly RangeEnd Lapsed = new();

    private readonly ConcurrentDictionary<Guid, bool> orders = new();
    private long moved;
    private long movedBytes;
    private long compared;

    /// <summary>What it is at work on.</summary>
    internal Guid[] Orders => [.. orders.Keys];

    /// <summary>Documents moved since the start.</summary>
    internal long Moved => Interlocked.Read(ref moved);

    /// <summary>Their bytes.</summary>
    internal long MovedBytes => Interlocked.Read(ref movedBytes);

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
            var sums = await hands.SumAsync(pair, cancellationToken).ConfigureAwait(false);
            _ = Interlocked.Add(ref compared, sums.Source.Documents);
            return RangeEnd.Summed(sums);
        }
        catch (Exception failed)
        {
            return RangeEnd.Of(failed);
        }
    }

    /// <summary>
    /// Moves a range. What a batch is answered comes while the next one is read and written: its tickets keep a host off that nobody counts
    /// on any more (S17), not the answer.
    /// </summary>
    /// <returns>How it ended; <see langword="null"/> if nobody counts on it any more.</returns>
    private async Task<RangeEnd?> TryMoveAsync(Guid order, RangeMove move, CancellationToken cancellationToken)
    {
        var mayGoOn = Task.FromResult(true);
        var moving = hands.MoveAsync(move, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (moving.ConfigureAwait(false))
        {
            while (true)
            {
                var end = await TryNextAsync(moving).ConfigureAwait(false);
                // Whatever has ended here, what was said before is heard first.
                if (!await mayGoOn.ConfigureAwait(false))
                {
                    return null;
                }

                if (end is not null)
                {
                    return ReferenceEquals(end, Lapsed) ? null : end;
                }

                _ = Interlocked.Add(ref moved, moving.Current.Size.Documents);
                _ = Interlocked.Add(ref movedBytes, moving.Current.Size.Bytes);
                mayGoOn = MayGoOnAsync(order, moving.Current);
            }
        }
    }

    /// <returns><see langword="null"/> if another batch is written.</returns>
    private static async Task<RangeEnd?> TryNextAsync(IAsyncEnumerator<MovedBatch> moving)
    {
        try
        {
            return await moving.MoveNextAsync().ConfigureAwait(false) ? null : RangeEnd.Done;
        }
        catch (LeaseLapsedException)
        {
            return Lapsed;
        }
        catch (Exception failed)
        {
            return RangeEnd.Of(failed);
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
