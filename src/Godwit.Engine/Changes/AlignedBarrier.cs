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

    /// <summary>Runs <paramref name="action"/> at a barrier at or after <paramref name="noEarlierThan"/>, with its time.</summary>
    internal async Task RunAsync(
        ClusterTime noEarlierThan,
        Func<ClusterTime, CancellationToken, Task> action,
        CancellationToken cancellationToken
    )
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            var request = new Request(noEarlierThan, action);
            current = request;
            while (!request.Done.Task.IsCompleted)
            {
                // An idle source has no later event: a note shows that nothing lies between (S34).
                _ = await retry.RunAsync(token => source.AppendNoteAsync("godwit: barrier", token), cancellationToken);
                _ = await Task.WhenAny(
                    request.Done.Task,
                    Task.Delay(TimeSpan.FromSeconds(1), retry.Time, cancellationToken)
                );
                cancellationToken.ThrowIfCancellationRequested();
            }

            await request.Done.Task;
        }
        finally
        {
            current = null;
            _ = one.Release();
        }
    }

    /// <summary>Called by the reader when everything up to <paramref name="time"/> is routed and nothing later.</summary>
    internal async Task PassAsync(ClusterTime time, Func<Task> drain, CancellationToken cancellationToken)
    {
        if (current is not { } request || time < request.NoEarlierThan || request.Done.Task.IsCompleted)
        {
            return;
        }

        await drain();
        try
        {
            await request.Action(time, cancellationToken);
            request.Done.SetResult();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            request.Done.SetException(failure);
        }
    }

    private sealed record Request(ClusterTime NoEarlierThan, Func<ClusterTime, CancellationToken, Task> Action)
    {
        internal TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
