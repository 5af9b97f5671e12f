using Godwit.Engine.Pacing;

namespace Godwit.Engine.Lifecycle;

/// <summary>What people ask of a running migration.</summary>
internal sealed class MigrationRequests : IDisposable
{
    private readonly CancellationTokenSource pausing = new();
    private volatile bool cutover;
    private ReadLimits? limits;

    internal bool IsCutoverRequested => cutover;

    internal bool IsPauseRequested => pausing.IsCancellationRequested;

    /// <summary>Cancelled when a pause is asked for: a cutover that is not decided is given up for it (E09).</summary>
    internal CancellationToken Pausing => pausing.Token;

    internal Pulse Changed { get; } = new();

    internal void RequestCutover()
    {
        cutover = true;
        Changed.Set();
    }

    /// <summary>Asks for limits; they replace those that are kept with the migration.</summary>
    internal void RequestLimits(ReadLimits wanted)
    {
        Volatile.Write(ref limits, wanted);
        Changed.Set();
    }

    /// <summary>Limits that were asked for and not taken in yet; asked once, they are taken.</summary>
    internal ReadLimits? TakeLimits() => Interlocked.Exchange(ref limits, null);

    internal void RequestPause()
    {
        pausing.Cancel();
        Changed.Set();
    }

    /// <summary>The cutover asked for was given up: it has to be asked for again.</summary>
    internal void ForgetCutover() => cutover = false;

    public void Dispose() => pausing.Dispose();
}
