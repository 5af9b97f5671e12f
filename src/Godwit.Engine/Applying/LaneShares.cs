using System.Runtime.InteropServices;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// Parts the items of a lane by where they are written. Operations on different documents commute, so an item joins the newest share of its
/// place, unless a later share has its key.
/// </summary>
internal sealed class LaneShares
{
    /// <summary>
    /// Nobody's: where order is content an event that stayed with another host would be written out of its turn, and is as good as lost (S30).
    /// </summary>
    private const long Lost = -1;

    /// <summary>All that were ever needed, to be used again: lists of items that are made anew for each batch cost more than to write it.</summary>
    private readonly List<LaneShare> made = [];
    private readonly Dictionary<KeyHash, int> shareOfKey = [];

    /// <summary>Shares of the batch that was parted last.</summary>
    internal int Count { get; private set; }

    /// <summary>Parts a batch; what was parted before is over.</summary>
    /// <returns>The shares, in the order they are to be written in.</returns>
    internal IReadOnlyList<LaneShare> Split(List<LaneItem> items)
    {
        shareOfKey.Clear();
        Count = 0;
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(items))
        {
            ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(shareOfKey, item.Ticket.Key, out _);
            var holder = item.Ticket.Places && item.Held.IsHeld ? Lost : item.Held.Holder;
            var at = FindLast(holder);
            if (at < newest)
            {
                at = Add(holder);
            }

            made[at].Items.Add(item);
            newest = at;
        }

        return made[..Count];
    }

    private int FindLast(long holder)
    {
        var at = Count - 1;
        while (at >= 0 && made[at].Holder != holder)
        {
            at--;
        }

        return at;
    }

    private int Add(long holder)
    {
        if (Count == made.Count)
        {
            made.Add(new());
        }

        made[Count].Begin(holder);
        return Count++;
    }
}
