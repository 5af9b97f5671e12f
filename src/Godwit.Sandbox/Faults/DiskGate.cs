namespace Godwit.Sandbox.Faults;

/// <summary>Lies between a member and its disk: makes every commit slow, or lets none through.</summary>
/// <param name="time">The right clock.</param>
internal sealed class DiskGate(TimeProvider time)
{
    private volatile bool isFull;
    private volatile Slowness? slow;

    /// <summary>Whether nothing can be written any more.</summary>
    internal bool IsFull
    {
        get => isFull;
        set => isFull = value;
    }

    /// <summary>How slow it is; <see langword="null"/> for no slower than it is.</summary>
    internal Slowness? Slow
    {
        get => slow;
        set => slow = value;
    }

    /// <summary>Passed by every commit, which waits here with the write lock held as it would for a disk.</summary>
    internal void BeforeWrite()
    {
        if (isFull)
        {
            throw new DiskFullException();
        }

        if (slow is { } slowness)
        {
            using var done = new ManualResetEventSlim();
            using var timer = time.CreateTimer(_ => done.Set(), null, slowness.Next(), Timeout.InfiniteTimeSpan);
            done.Wait();
        }
    }
}
