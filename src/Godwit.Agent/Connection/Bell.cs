namespace Godwit.Agent.Connection;

/// <summary>Rings when something is to be told or done; a ring that nobody waits for is kept, several are one.</summary>
internal sealed class Bell(TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim rings = new(0, 1);

    internal void Ring()
    {
        try
        {
            _ = rings.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has rung already, and nobody has heard it yet.
        }
    }

    /// <summary>Waits until it rings, at most so long.</summary>
    internal async Task WaitAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(most, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await rings.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing rang: as good as a ring.
        }
    }

    public void Dispose() => rings.Dispose();
}
