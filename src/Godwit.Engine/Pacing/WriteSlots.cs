using System.Buffers.Binary;
using System.IO.Hashing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Pacing;

/// <summary>
/// The fixed sessions of a migration: one per worker that writes, named from the migration's id, so that whoever takes over can refuse
/// all earlier writes in them (S17). The epoch stands in the high bits of every transaction number.
/// </summary>
internal sealed class WriteSlots(Guid migration, long epoch, int count)
{
    private const int EpochShift = 40;
    private const int MarkSlot = -1;
    private readonly long[] used = new long[count];
    private long marks;

    internal int Count => count;

    internal Guid Migration => migration;

    internal long Epoch => epoch;

    /// <summary>The next ticket of a slot; a slot has one unacknowledged write at a time.</summary>
    internal WriteTicket Next(int slot) =>
        new(SessionOf(slot), (epoch << EpochShift) | Interlocked.Increment(ref used[slot]));

    /// <summary>The next tickets of a slot, for a worker that draws them by itself.</summary>
    internal TicketBlock NextBlock(int slot, int tickets = TicketBlock.Count) =>
        new(
            new(SessionOf(slot), (epoch << EpochShift) | (Interlocked.Add(ref used[slot], tickets) - tickets + 1)),
            tickets
        );

    /// <summary>The number that closes a slot to every earlier epoch, for slots of earlier lives too.</summary>
    internal WriteTicket Fence(int slot) => new(SessionOf(slot), epoch << EpochShift);

    /// <summary>The session of marks: nobody fences it, so that what stands in it is of the life that wrote it (S21).</summary>
    internal Guid MarkSession => SessionOf(MarkSlot);

    /// <summary>The next mark: its number is above those of all marks before it.</summary>
    internal WriteTicket Mark() => new(MarkSession, (epoch << EpochShift) | Interlocked.Increment(ref marks));

    private Guid SessionOf(int slot)
    {
        Span<byte> name = stackalloc byte[20];
        _ = migration.TryWriteBytes(name);
        BinaryPrimitives.WriteInt32LittleEndian(name[16..], slot);
        Span<byte> hash = stackalloc byte[16];
        _ = XxHash128.Hash(name, hash);
        return new(hash);
    }
}
