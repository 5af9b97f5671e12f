using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// Parts the items of a lane by where they are written. Operations on different documents commute, so an item joins the newest share of its
/// place, unless a later share has its key.
/// </summary>
internal sealed class LaneShares
{
    private readonly LaneShare own = new(0);
    private readonly List<LaneShare> parts = [];
    private readonly Dictionary<KeyHash, int> shareOfKey = [];

    /// <summary>The shares, in the order they are to be written in.</summary>
    internal IReadOnlyList<LaneShare> Parts => parts;

    /// <summary>Parts a batch; what was parted before is over.</summary>
    internal void Split(List<LaneItem> items)
    {
        parts.Clear();
        own.Items.Clear();
        if (!items.Exists(item => item.Held.IsHeld))
        {
            own.Items.AddRange(items);
            parts.Add(own);
            return;
        }

        shareOfKey.Clear();
        foreach (var item in items)
        {
            var first = shareOfKey.GetValueOrDefault(item.Ticket.Key);
            var at = parts.FindLastIndex(part => part.Holder == HolderOf(item));
            if (at < first || at < 0)
            {
                at = parts.Count;
                parts.Add(new(HolderOf(item)));
            }

            parts[at].Items.Add(item);
            shareOfKey[item.Ticket.Key] = at;
        }
    }

    private static long HolderOf(in LaneItem item) => item.Held.Holder;
}
