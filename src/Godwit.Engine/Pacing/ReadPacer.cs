using System.Runtime.CompilerServices;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Pacing;

/// <summary>
/// Holds reading of the source to its limits, and to a share of what it could be while the source is slow (S35, H14). Rates are kept by
/// a schedule: each batch moves the time at which the next one may go on by what it cost. The share is a pause after each batch in
/// proportion to how long the batch took, halved when the source is too slow and raised step by step when it is not.
/// </summary>
internal sealed class ReadPacer(TimeProvider time)
{
    private const double ShareMin = 1.0 / 64;
    private const double ShareStep = 1.0 / 16;

    /// <summary>What may be read ahead of the schedule at once, so that small batches are not waited for one by one.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly Pulse changed = new();
    private readonly long startedAt = time.GetTimestamp();
    private ReadLimits limits = ReadLimits.Default;
    private double share = 1;
    private bool isLifted;
    private TimeSpan schedule;

    /// <summary>What is kept to now.</summary>
    internal ReadLimits Limits
    {
        get
        {
            lock (gate)
            {
                return limits;
            }
        }
    }

    /// <summary>The share of the time in which the source is read, from 1/64 to 1; less than 1 while it is too slow.</summary>
    internal double Share
    {
        get
        {
            lock (gate)
            {
                return share;
            }
        }
    }

    /// <summary>How long the source took for a small read last; <see langword="null"/> until it was asked.</summary>
    internal TimeSpan? Latency { get; private set; }

    /// <summary>From now on these limits; who waits for the earlier ones looks again.</summary>
    internal void Limit(ReadLimits next)
    {
        lock (gate)
        {
            limits = next;
            schedule = Now();
            share = next.Latency == TimeSpan.Zero ? 1 : share;
        }

        changed.Set();
    }

    /// <summary>Whether nothing is held back: applications wait for a cutover, which reads little.</summary>
    internal void Lift(bool lifted)
    {
        lock (gate)
        {
            isLifted = lifted;
        }

        changed.Set();
    }

    /// <summary>Notes how long the source took for a small read.</summary>
    internal void NoteLatency(TimeSpan latency)
    {
        lock (gate)
        {
            Latency = latency;
            share =
                limits.Latency == TimeSpan.Zero ? 1
                : latency > limits.Latency ? Math.Max(ShareMin, share / 2)
                : Math.Min(1, share + ShareStep);
        }
    }

    /// <summary>The same batches, no faster than may be.</summary>
    internal IAsyncEnumerable<DocumentBatch> PaceAsync(
        IAsyncEnumerable<DocumentBatch> batches,
        CancellationToken cancellationToken
    ) => PaceAsync(batches, batch => new(batch.Count, batch.Bytes.Length), cancellationToken);

    /// <summary>The same batches, of the size that is said, no faster than may be.</summary>
    internal async IAsyncEnumerable<T> PaceAsync<T>(
        IAsyncEnumerable<T> batches,
        Func<T, CollectionSize> sizeOf,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var before = Now();
        await foreach (var batch in batches.WithCancellation(cancellationToken))
        {
            var due = Due(sizeOf(batch), before);
            yield return batch;
            await WaitAsync(due, cancellationToken);
            before = Now();
        }
    }

    /// <summary>The same answer, of the size that is said, given no sooner than may be: it was read elsewhere.</summary>
    internal async Task<T> PaceAsync<T>(
        Task<T> reading,
        Func<T, CollectionSize> sizeOf,
        CancellationToken cancellationToken
    )
    {
        var before = Now();
        var answer = await reading;
        await WaitAsync(Due(sizeOf(answer), before), cancellationToken);
        return answer;
    }

    /// <summary>When reading may go on after a batch that was begun at a time.</summary>
    private TimeSpan Due(CollectionSize read, TimeSpan begun)
    {
        lock (gate)
        {
            var now = Now();
            var cost = Math.Max(
                Cost(read.Bytes, limits.BytesPerSecond),
                Cost(read.Documents, limits.DocumentsPerSecond)
            );
            schedule = Larger(schedule, now - Burst) + TimeSpan.FromSeconds(cost);
            return Larger(schedule, now + ((now - begun) * ((1 / share) - 1)));
        }
    }

    private async Task WaitAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        var limitsThen = Limits;
        while (true)
        {
            var change = changed.Next;
            if (IsFree(limitsThen) || due - Now() is var left && left <= TimeSpan.Zero)
            {
                return;
            }

            _ = await Task.WhenAny(change, Task.Delay(left, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private bool IsFree(ReadLimits limitsThen)
    {
        lock (gate)
        {
            return isLifted || limits != limitsThen;
        }
    }

    private static double Cost(long amount, long perSecond) => perSecond == 0 ? 0 : (double)amount / perSecond;

    private static TimeSpan Larger(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private TimeSpan Now() => time.GetElapsedTime(startedAt);
}
