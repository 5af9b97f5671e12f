using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Remote;

namespace Godwit.Engine.Applying;

/// <summary>
/// Items of a lane that are written in one place: here, or by the host that keeps what they brought. Used again for others once it is over.
/// </summary>
internal sealed class LaneShare
{
    /// <summary>A delete, a write, a fence and one that makes way, at most, for a command of one item.</summary>
    private const int TicketsPerItem = 4;

    /// <summary>Whose they are; 0 for this process.</summary>
    internal long Holder { get; private set; }

    internal List<LaneItem> Items { get; } = [];

    internal void Begin(long holder)
    {
        Holder = holder;
        Items.Clear();
    }

    /// <summary>Says to the host what to write.</summary>
    internal LaneOrder ToOrder(WriteSlots slots, int slot)
    {
        var places = new Dictionary<FollowedCollection, int>();
        var changes = new List<OrderedChange>(Items.Count);
        foreach (var item in Items)
        {
            if (!places.TryGetValue(item.Collection, out var target))
            {
                places[item.Collection] = target = places.Count;
            }

            changes.Add(new(item.Held.Place, target));
        }

        return new(
            slots.NextBlock(slot, TicketsPerItem * Items.Count),
            [.. places.Keys.Select(LaneTarget.Of)],
            changes
        );
    }
}
