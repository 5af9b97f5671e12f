namespace Godwit.Sandbox.Sharding;

/// <summary>What a cluster does beside its requests, until it is done or the cluster ends.</summary>
internal sealed class OngoingWork : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationToken stop;
    private readonly Lock gate = new();
    private readonly List<Task> running = [];

    internal OngoingWork() => stop = stopping.Token;

    /// <summary>Begins a piece of work; whoever waits for it may go without breaking it off.</summary>
    internal Task Begin(Func<CancellationToken, Task> work)
    {
        lock (gate)
        {
            var begun = stop.IsCancellationRequested ? Task.FromCanceled(stop) : Task.Run(() => work(stop), stop);
            running.RemoveAll(task => task.IsCompleted);
            running.Add(begun);
            return begun;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task[] rest;
        lock (gate)
        {
            stopping.Cancel();
            rest = [.. running];
        }

        await Task.WhenAll(rest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }
}
