namespace Godwit.Hub.Hosting;

/// <summary>Rings when the Hub has something to do before its next look; several rings are one.</summary>
internal sealed class WorkBell : IDisposable
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
    internal Task WaitAsync(TimeSpan most, CancellationToken cancellationToken) =>
        rings.WaitAsync(most, cancellationToken);

    public void Dispose() => rings.Dispose();
}
