using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>A range to be read at a snapshot and written by inserts, by whoever has room for it: nothing in it is of one process.</summary>
/// <param name="Read">What to read, and at which time: the router has opened the range at it (S5).</param>
/// <param name="Destination">Where to.</param>
/// <param name="IsOrdered">Whether natural order is content (S30).</param>
/// <param name="MayRepeatIds">Whether a document's <c>_id</c> may stand on two shards (S3).</param>
/// <param name="Tickets">What its writes carry: whoever closes them keeps every later write of this move off (S17).</param>
internal sealed record RangeMove(
    RangeRead Read,
    CollectionAddress Destination,
    bool IsOrdered,
    bool MayRepeatIds,
    TicketBlock Tickets
)
{
    /// <summary>
    /// Whether a document may be there already, of this move or of an earlier one: where natural order is read and is no content, one that
    /// is taken out and put back meanwhile comes twice, and its key is in doubt (S8).
    /// </summary>
    internal bool MayRepeat => Read.Order == ReadOrder.Passing && !IsOrdered;
}
