using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Changes;

/// <summary>What the decisions need to know of an item in a lane.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Time">The event's time, or the as-of time of a re-read document: compared with the ceiling.</param>
/// <param name="Since">The earliest event it stands for: holds the floor until it is acknowledged.</param>
/// <param name="IsRewrite">Whether it is a document re-read, not an event.</param>
internal readonly record struct LaneTicket(KeyHash Key, ClusterTime Time, ClusterTime Since, bool IsRewrite)
{
    /// <summary>
    /// Whether it puts a document at the end of an order that is content, or takes it out: nothing stands in for that, and it is applied
    /// in its turn whatever is read again (S30).
    /// </summary>
    internal bool Places { get; init; }

    /// <summary>Whether it places, and may have been applied already.</summary>
    internal bool MayBeThere { get; init; }
}

/// <summary>The two times of a checkpoint (S16).</summary>
/// <param name="Floor">Every event up to it is applied in copied ranges.</param>
/// <param name="Ceiling">No event above it was dispatched, and no document is later than it.</param>
internal readonly record struct FloorAndCeiling(ClusterTime Floor, ClusterTime Ceiling);
