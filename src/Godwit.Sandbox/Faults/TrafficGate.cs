using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Faults;

/// <summary>Holds back a member's traffic while it is stalled or cut off from its clients, as a frozen process or a silent network does.</summary>
internal sealed class TrafficGate
{
    private readonly ChangeSignal changed = new();
    private volatile bool isStalled;
    private volatile bool isCutFromClients;

    /// <summary>Whether the whole member stands still.</summary>
    internal bool IsStalled
    {
        get => isStalled;
        set
        {
            isStalled = value;
            changed.Raise();
        }
    }

    /// <summary>Whether nothing passes between the member and its clients.</summary>
    internal bool IsCutFromClients
    {
        get => isCutFromClients;
        set
        {
            isCutFromClients = value;
            changed.Raise();
        }
    }

    /// <summary>Lets a client's message pass, as soon as nothing holds it back.</summary>
    internal Task PassClientAsync(CancellationToken cancellationToken) =>
        isStalled || isCutFromClients
            ? changed.WaitAsync(() => !isStalled && !isCutFromClients, cancellationToken)
            : Task.CompletedTask;
}
