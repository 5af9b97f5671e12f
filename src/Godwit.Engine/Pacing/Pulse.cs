namespace Godwit.Engine.Pacing;

/// <summary>
/// Wakes everyone who waits for a condition to be looked at again. Take <see cref="Next"/> before looking, then await it. Setting it
/// while nobody waits costs nothing.
/// </summary>
internal sealed class Pulse
{
    private TaskCompletionSource? next;

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    internal Task Next
    {
        get
        {
            var waiting = Volatile.Read(ref next);
            if (waiting is null)
            {
                var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting = Interlocked.CompareExchange(ref next, fresh, null) ?? fresh;
            }

            return waiting.Task;
        }
    }

    internal void Set() => Interlocked.Exchange(ref next, null)?.SetResult();
}
