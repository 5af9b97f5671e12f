namespace Godwit.Sandbox.Sharding;

/// <summary>What a cluster does beside its requests, until it is done or the cluster ends.</summary>
internal sealed class OngoingWork : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly List<Task> running = [];

    /// <summary>Begins a piece of work; whoever waits for it may go without breaking it off.</summary>
    internal Task Begin(Func<CancellationToken, Task> work)
    {
        lock (gate)
        {
            var begun = stopping.IsCancellationRequested
                ? Task.FromCanceled(stopping.Token)
                : Task.Run(() => work(stopping.Token), stopping.Token);
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
