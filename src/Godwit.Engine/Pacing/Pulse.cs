namespace Godwit.Engine.Pacing;

/// <summary>Wakes everyone who waits for a condition to be looked at again. Take <see cref="Next"/> before looking, then await it.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    internal Task Next => Volatile.Read(ref next).Task;

    internal void Set() =>
        Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
