namespace Godwit.Sandbox.Storage;

/// <summary>Lets many wait for the next change of something, without missing one between looking and waiting.</summary>
internal sealed class ChangeSignal
{
    private volatile TaskCompletionSource? waiting;

    /// <summary>Completes at the next change. Take it before looking at what may have changed.</summary>
    internal Task Next
    {
        get
        {
            var current = waiting;
            if (current is not null)
            {
                return current.Task;
            }

            var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref waiting, made, null) ?? made).Task;
        }
    }

    /// <summary>Says that something changed.</summary>
    internal void Raise() => Interlocked.Exchange(ref waiting, null)?.SetResult();

    /// <summary>Waits until a condition holds.</summary>
    internal async Task WaitAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = Next;
            if (condition())
            {
                return;
            }

            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
