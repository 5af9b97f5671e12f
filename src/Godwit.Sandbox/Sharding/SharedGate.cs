using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// Many may hold it together, or one alone: requests share it while they run, a change of where documents belong needs it alone. Who
/// waits to have it alone keeps newcomers out.
/// </summary>
internal sealed class SharedGate
{
    private readonly ChangeSignal changed = new();
    private readonly Lock gate = new();
    private int holders;
    private int waiting;
    private bool isOwned;

    /// <summary>Holds it together with others.</summary>
    internal async ValueTask<IDisposable> ShareAsync(CancellationToken cancellationToken)
    {
        await changed.WaitAsync(TryShare, cancellationToken).ConfigureAwait(false);
        return new Lease(() => Change(() => holders--));
    }

    /// <summary>Holds it alone.</summary>
    internal async ValueTask<IDisposable> OwnAsync(CancellationToken cancellationToken)
    {
        Change(() => waiting++);
        try
        {
            await changed.WaitAsync(TryOwn, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Change(() => waiting--);
        }

        return new Lease(() => Change(() => isOwned = false));
    }

    private bool TryShare()
    {
        lock (gate)
        {
            if (isOwned || waiting > 0)
            {
                return false;
            }

            holders++;
            return true;
        }
    }

    private bool TryOwn()
    {
        lock (gate)
        {
            if (isOwned || holders > 0)
            {
                return false;
            }

            isOwned = true;
            return true;
        }
    }

    private void Change(Action change)
    {
        lock (gate)
        {
            change();
        }

        changed.Raise();
    }

    private sealed class Lease(Action release) : IDisposable
    {
        private int isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReleased, 1) == 0)
            {
                release();
            }
        }
    }
}
