using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Faults;

/// <summary>
/// Lies between a process and its clients: holds their traffic back as a frozen process or a silent network does, makes it slow,
/// drops connections, and spoils replies.
/// </summary>
/// <param name="time">The right clock.</param>
internal sealed class TrafficGate(TimeProvider time)
{
    private const int HeaderLength = 16;
    private readonly ChangeSignal changed = new();
    private volatile bool isStalled;
    private volatile bool isCutFromClients;
    private volatile Slowness? slow;
    private volatile Chance? drops;
    private volatile Chance? spoils;
    private volatile CancellationTokenSource dropping = new();

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

    /// <summary>How slow messages are, each way.</summary>
    internal Slowness? Slow
    {
        get => slow;
        set => slow = value;
    }

    /// <summary>How often a message is the last one of its connection.</summary>
    internal Chance? Drops
    {
        get => drops;
        set => drops = value;
    }

    /// <summary>How often a reply arrives with a byte that was not sent.</summary>
    internal Chance? Spoils
    {
        get => spoils;
        set => spoils = value;
    }

    /// <summary>Cancelled when all connections that are open now are dropped.</summary>
    internal CancellationToken Dropping => dropping.Token;

    /// <summary>Drops all connections.</summary>
    internal void DropAll()
    {
        var open = Interlocked.Exchange(ref dropping, new());
        open.Cancel();
    }

    /// <summary>Whether a connection ends with the message that passes now.</summary>
    internal bool DropsNow() => drops?.Strikes() == true;

    /// <summary>Changes a byte behind the header of a reply, where it is to be spoilt.</summary>
    internal void Spoil(byte[] frame)
    {
        if (spoils is { } chance && frame.Length > HeaderLength && chance.Strikes())
        {
            frame[chance.Between(HeaderLength, frame.Length)] ^= (byte)chance.Between(1, 256);
        }
    }

    /// <summary>Lets everything pass as it should.</summary>
    internal void Heal()
    {
        (slow, drops, spoils) = (null, null, null);
        (isStalled, isCutFromClients) = (false, false);
        changed.Raise();
    }

    /// <summary>Lets a client's message pass, as soon as nothing holds it back.</summary>
    internal Task PassClientAsync(CancellationToken cancellationToken) =>
        isStalled || isCutFromClients || slow is not null ? PassAsync(cancellationToken) : Task.CompletedTask;

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        if (slow is { } slowness)
        {
            await Task.Delay(slowness.Next(), time, cancellationToken).ConfigureAwait(false);
        }

        await changed.WaitAsync(() => !isStalled && !isCutFromClients, cancellationToken).ConfigureAwait(false);
    }
}
