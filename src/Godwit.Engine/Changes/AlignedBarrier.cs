using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Changes;

/// <summary>
/// A moment at which the destination holds everything up to a time and nothing after it (S21). Whoever needs one asks here; the change
/// reader stops before the next later event, lets the lanes run dry, and runs what was asked for before it goes on.
/// </summary>
internal sealed class AlignedBarrier(ISourceCluster source, Faults.RetryPolicy retry)
{
    private readonly SemaphoreSlim one = new(1);
    private volatile Request? current;

    /// <summary>Whether somebody waits for a barrier.</summary>
    internal bool IsWanted => current is { IsTaken: false };

    /// <summary>
    /// Runs <paramref name="action"/> at a barrier at or after <paramref name="noEarlierThan"/>, with its time. Cancelled before that it
    /// is never run; once it has begun its end is waited for, so that nobody goes on while it still changes something.
    /// </summary>
    internal async Task RunAsync(
        ClusterTime noEarlierThan,
        Func<ClusterTime, CancellationToken, Task> action,
        CancellationToken cancellationToken
    )
    {
        await one.WaitAsync(cancellationToken);
        var request = new Request(noEarlierThan, action);
        try
        {
            current = request;
            await AskAsync(request, cancellationToken);
        }
        catch (Exception)
        {
            if (!request.TryTake())
            {
                await request.Done.Task;
            }

            throw;
        }
        finally
        {
            current = null;
            _ = one.Release();
        }

        await request.Done.Task;
    }

    /// <summary>Called by the reader when everything up to <paramref name="time"/> is routed and nothing later.</summary>
    internal async Task PassAsync(ClusterTime time, Func<Task> drain, CancellationToken cancellationToken)
    {
        if (current is not { } request || time < request.NoEarlierThan || request.IsTaken)
        {
            return;
        }

        await drain();
        if (!request.TryTake())
        {
            return;
        }

        try
        {
            await request.Action(time, cancellationToken);
            request.Done.SetResult();
        }
        catch (OperationCanceledException)
        {
            request.Done.SetCanceled(cancellationToken);
            throw;
        }
        catch (Exception failure)
        {
            request.Done.SetException(failure);
        }
    }

    /// <summary>Until it is done: an idle source has no later event, so a note shows that nothing lies between (S34).</summary>
    private async Task AskAsync(Request request, CancellationToken cancellationToken)
    {
        while (!request.Done.Task.IsCompleted)
        {
            _ = await retry.RunAsync(token => source.AppendNoteAsync("godwit: barrier", token), cancellationToken);
            _ = await Task.WhenAny(
                request.Done.Task,
                Task.Delay(TimeSpan.FromSeconds(1), retry.Time, cancellationToken)
            );
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private sealed record Request(ClusterTime NoEarlierThan, Func<ClusterTime, CancellationToken, Task> Action)
    {
        private int taken;

        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal bool IsTaken => Volatile.Read(ref taken) != 0;

        /// <summary>True for one only: the reader that runs it, or who had asked for it and no longer wants it.</summary>
        internal bool TryTake() => Interlocked.Exchange(ref taken, 1) == 0;
    }
}
