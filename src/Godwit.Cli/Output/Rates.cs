using Godwit.Engine;

namespace Godwit.Cli.Output;

/// <summary>Turns successive figures into rates over the last seconds, and those into a remaining time.</summary>
internal sealed class Rates(TimeProvider time)
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeastForForecast = TimeSpan.FromSeconds(2);
    private readonly Queue<(long At, MigrationProgress Progress)> window = new();

    /// <summary>Bytes copied a second.</summary>
    internal double BytesPerSecond { get; private set; }

    /// <summary>Documents copied a second.</summary>
    internal double DocumentsPerSecond { get; private set; }

    /// <summary>Events applied a second.</summary>
    internal double EventsPerSecond { get; private set; }

    /// <summary>How long the rest of the copy takes at this rate; <see langword="null"/> if that cannot be said.</summary>
    internal TimeSpan? Remaining { get; private set; }

    /// <summary>Takes in the newest figures.</summary>
    internal void Observe(MigrationProgress progress)
    {
        var now = time.GetTimestamp();
        if (window.TryPeek(out var earlier) && earlier.Progress.Phase != progress.Phase)
        {
            // What was slow or idle before says nothing of what goes on now.
            window.Clear();
        }

        window.Enqueue((now, progress));
        while (window.Count > 2 && time.GetElapsedTime(window.Peek().At, now) > Span)
        {
            _ = window.Dequeue();
        }

        var (first, then) = window.Peek();
        var seconds = time.GetElapsedTime(first, now).TotalSeconds;
        if (seconds <= 0)
        {
            (BytesPerSecond, DocumentsPerSecond, EventsPerSecond, Remaining) = (0, 0, 0, null);
            return;
        }

        BytesPerSecond = Math.Max(0, progress.BytesCopied - then.BytesCopied) / seconds;
        DocumentsPerSecond = Math.Max(0, progress.DocumentsCopied - then.DocumentsCopied) / seconds;
        EventsPerSecond = Math.Max(0, progress.EventsApplied - then.EventsApplied) / seconds;
        var left = progress.BytesEstimated - progress.BytesKept - progress.BytesCopied;
        Remaining =
            left > 0 && BytesPerSecond > 0 && seconds >= LeastForForecast.TotalSeconds
                ? TimeSpan.FromSeconds(left / BytesPerSecond)
                : null;
    }
}
