using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// Parts the items of a lane by where they are written. Operations on different documents commute, so an item joins the newest share of its
/// place, unless a later share has its key.
/// </summary>
internal sealed class LaneShares
{
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
            var at = parts.FindLastIndex(part => part.Holder == item.Held.Holder);
            if (at < first)
            {
                at = parts.Count;
                parts.Add(new(item.Held.Holder));
            }

            parts[at].Items.Add(item);
            shareOfKey[item.Ticket.Key] = at;
        }

        return parts;
    }
}
