namespace Godwit.Engine.Pacing;

/// <summary>
/// Bounds batches in time (S14): a batch that took too long makes the next ones smaller, so that a barrier, which waits for the batches
/// under way, costs milliseconds even where the destination is slow.
/// </summary>
internal sealed class BatchPacer(int itemsMin, int itemsMax, TimeSpan wanted)
{
    private readonly int itemsMax = itemsMax;
    private int current = itemsMax;

    /// <summary>
    /// Places that the batch before was written in, one after the other. Each is given as much as is written there in the time of a batch: a
    /// batch parted among more of them into smaller orders would cost as many more of these.
    /// </summary>
    internal int Places { get; private set; } = 1;

    /// <summary>Items the next batch may have.</summary>
    internal int ItemsMax => current * Places;

    /// <summary>Notes how long a batch took.</summary>
    /// <param name="items">What the part of it had that took longest.</param>
    /// <param name="elapsed">How long that was written, without the way of orders to other hosts and back: smaller ones would only be as many more of them.</param>
    /// <param name="places">How many places it was written in.</param>
    internal void Note(int items, TimeSpan elapsed, int places = 1)
    {
        Places = places;
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
