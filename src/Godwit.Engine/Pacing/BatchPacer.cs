namespace Godwit.Engine.Pacing;

/// <summary>
/// Bounds batches in time (S14): a batch that took too long makes the next ones smaller, so that a barrier, which waits for the batches
/// under way, costs milliseconds even where the destination is slow.
/// </summary>
internal sealed class BatchPacer(int itemsMin, int itemsMax, TimeSpan wanted)
{
    private readonly int itemsMax = itemsMax;
    private int current = itemsMax;

    /// <summary>Items the next batch may have.</summary>
    internal int ItemsMax => current;

    /// <summary>Notes how long a batch took.</summary>
    /// <param name="items">What it had.</param>
    /// <param name="elapsed">From its begin to its end.</param>
    /// <param name="way">Of that, what orders to other hosts and their answers were on their way: smaller batches would only be as many more of them.</param>
    internal void Note(int items, TimeSpan elapsed, TimeSpan way = default)
    {
        elapsed -= way;
        if (elapsed > wanted)
        {
            current = Math.Clamp((int)(items * (wanted / elapsed)), itemsMin, itemsMax);
        }
        else if (items >= current)
        {
            current = Math.Min(2 * current, itemsMax);
        }
    }
}
