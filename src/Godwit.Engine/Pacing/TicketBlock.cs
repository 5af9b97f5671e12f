using Godwit.Engine.Ports;

namespace Godwit.Engine.Pacing;

/// <summary>
/// Tickets that stand one behind the other, set apart for one worker, which may be on another host: any later ticket of the same session
/// closes those that are left (S17).
/// </summary>
internal sealed class TicketBlock(WriteTicket first, int count = TicketBlock.Count)
{
    /// <summary>Tickets of a block for a range: more than it has batches.</summary>
    internal const int Count = 1 << 20;
    private int used;

    internal WriteTicket First => first;

    /// <summary>How many there are.</summary>
    internal int Size => count;

    /// <summary>The next ticket.</summary>
    /// <exception cref="InvalidOperationException">All are used.</exception>
    internal WriteTicket Next() =>
        used < count
            ? first with
            {
                TransactionNumber = first.TransactionNumber + used++,
            }
            : throw new InvalidOperationException("a block of tickets is used up");
}
