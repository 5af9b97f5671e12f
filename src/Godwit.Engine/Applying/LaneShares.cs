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

    private readonly List<LaneShare> parts = [];
    private readonly Dictionary<KeyHash, int> shareOfKey = [];

    /// <summary>Parts a batch; what was parted before is over.</summary>
    /// <returns>The shares, in the order they are to be written in.</returns>
    internal IReadOnlyList<LaneShare> Split(List<LaneItem> items)
    {
        parts.Clear();
        shareOfKey.Clear();
        foreach (var item in items)
        {
            var first = shareOfKey.GetValueOrDefault(item.Ticket.Key);
            var holder = item.Ticket.Places && item.Held.IsHeld ? Lost : item.Held.Holder;
            var at = parts.FindLastIndex(part => part.Holder == holder);
            if (at < first)
            {
                at = parts.Count;
                parts.Add(new(holder));
            }

            parts[at].Items.Add(item);
            shareOfKey[item.Ticket.Key] = at;
        }

        return parts;
    }
}
