using Godwit.Bson;
using Godwit.Engine.Pacing;

namespace Godwit.Engine.Applying;

/// <summary>The queue of one lane. Touched only under the gate of <see cref="SyncState"/>.</summary>
internal sealed class Lane(int slot)
{
    internal Queue<LaneItem> Items { get; } = [];

    /// <summary>The earliest time of the items that were taken out and are still being written; none if nothing is.</summary>
    internal ClusterTime? Writing { get; set; }

    /// <summary>Whether items that were taken out are still being written.</summary>
    internal bool IsBusy => Writing is not null;

    /// <summary>The write slot of the lane.</summary>
    internal int Slot { get; } = slot;

    /// <summary>Set when items come or the ceiling rises.</summary>
    internal Pulse Woken { get; } = new();
}
