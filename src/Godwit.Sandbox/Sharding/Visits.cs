using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Keeps a member's data open while routers in the same process work in it. A member that is killed lets nobody in any more, breaks
/// off what runs and waits until all have left: to them it is a broken connection.
/// </summary>
internal sealed class Visits
{
    private readonly CancellationTokenSource closing = new();
    private readonly ChangeSignal left = new();
    private readonly Lock gate = new();
    private int present;
    private bool isClosed;

    /// <summary>Cancelled when the member ends.</summary>
    internal CancellationToken Closing => closing.Token;

    /// <summary>Comes in, unless the member has ended. Leave with <see cref="Leave"/>.</summary>
    internal bool TryEnter()
    {
        lock (gate)
        {
            if (isClosed)
            {
                return false;
            }

            present++;
            return true;
        }
    }

    /// <summary>Leaves.</summary>
    internal void Leave()
    {
        lock (gate)
        {
            present--;
        }

        left.Raise();
    }

    /// <summary>Lets nobody in any more; completes when all have left.</summary>
    internal async Task CloseAsync()
    {
        lock (gate)
        {
            isClosed = true;
        }

        await closing.CancelAsync().ConfigureAwait(false);
        await left.WaitAsync(IsEmpty, CancellationToken.None).ConfigureAwait(false);
    }

    private bool IsEmpty()
    {
        lock (gate)
        {
            return present == 0;
        }
    }
}
