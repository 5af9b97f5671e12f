using System.Buffers;

namespace Godwit.Wire.Client;

/// <summary>
/// Lends the blocks that frames are received into. Large ones are kept here: a shared array pool would round a reply of 16 MB and a
/// little up to 32 MB, and memory touched for the first time costs more than all else that happens to it.
/// </summary>
internal static class BlockPool
{
    /// <summary>Large blocks are multiples of this.</summary>
    private const int Step = 1024 * 1024;

    /// <summary>What is kept for the next large frames; what comes back beyond it is left to the garbage collector.</summary>
    private const long KeptBytesMax = 256L * 1024 * 1024;

    private static readonly Lock Gate = new();
    private static readonly Stack<byte[]>[] Kept =
    [
        .. Enumerable.Range(0, (WireLimits.MessageBytesMax / Step) + 2).Select(_ => new Stack<byte[]>()),
    ];
    private static long keptBytes;

    /// <summary>A block of at least this length, its content anything. It belongs to the caller until returned.</summary>
    internal static byte[] Rent(int length)
    {
        if (length <= Step)
        {
            return ArrayPool<byte>.Shared.Rent(length);
        }

        var steps = (length + Step - 1) / Step;
        lock (Gate)
        {
            // One that is a quarter too large is better than a fresh one.
            var most = Math.Min(Kept.Length - 1, steps + (steps / 4));
            for (var size = steps; size <= most; size++)
            {
                if (Kept[size].TryPop(out var block))
                {
                    keptBytes -= block.Length;
                    return block;
                }
            }
        }

        return GC.AllocateUninitializedArray<byte>(steps * Step);
    }

    /// <summary>Gives a block back; nobody may look at it any more.</summary>
    internal static void Return(byte[] block)
    {
        if (block.Length <= Step)
        {
            ArrayPool<byte>.Shared.Return(block);
            return;
        }

        lock (Gate)
        {
            if (keptBytes + block.Length <= KeptBytesMax)
            {
                keptBytes += block.Length;
                Kept[block.Length / Step].Push(block);
            }
        }
    }
}
