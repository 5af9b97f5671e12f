namespace Godwit.Engine.Pacing;

/// <summary>
/// Bounds the bytes that are on their way through a part of the engine. One piece larger than the whole budget is let through alone.
/// </summary>
internal sealed class ByteBudget(long bytesMax)
{
    private readonly Lock gate = new();
    private readonly Pulse freed = new();
    private long used;

    /// <summary>Bytes taken and not yet given back.</summary>
    internal long Used
    {
        get
        {
            lock (gate)
            {
                return used;
            }
        }
    }

    /// <summary>Completes when bytes are given back next. Take it before <see cref="TryTake"/>, then await it.</summary>
    internal Task Freed => freed.Next;

    /// <summary>Takes the bytes if they fit now; otherwise <see langword="null"/>.</summary>
    internal IDisposable? TryTake(long bytes)
    {
        lock (gate)
        {
            if (used > 0 && used + bytes > bytesMax)
            {
                return null;
            }

            used += bytes;
            return new Share(this, bytes);
        }
    }

    /// <summary>Waits until the bytes fit and takes them; disposing the result gives them back, once.</summary>
    internal async ValueTask<IDisposable> TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = freed.Next;
            if (TryTake(bytes) is { } share)
            {
                return share;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    private void Return(long bytes)
    {
        lock (gate)
        {
            used -= bytes;
        }

        freed.Set();
    }

    private sealed class Share(ByteBudget budget, long bytes) : IDisposable
    {
        private ByteBudget? budget = budget;

        public void Dispose() => Interlocked.Exchange(ref budget, null)?.Return(bytes);
    }
}
