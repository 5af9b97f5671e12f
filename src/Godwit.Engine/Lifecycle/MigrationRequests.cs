using Godwit.Engine.Pacing;

namespace Godwit.Engine.Lifecycle;

/// <summary>What people ask of a running migration.</summary>
internal sealed class MigrationRequests
{
    private volatile bool cutover;
    private volatile bool pause;

    internal bool IsCutoverRequested => cutover;

    internal bool IsPauseRequested => pause;

    internal Pulse Changed { get; } = new();

    internal void RequestCutover()
    {
        cutover = true;
        Changed.Set();
    }

    internal void RequestPause()
    {
        pause = true;
        Changed.Set();
    }

    /// <summary>The cutover asked for was given up: it has to be asked for again.</summary>
    internal void ForgetCutover() => cutover = false;
}
