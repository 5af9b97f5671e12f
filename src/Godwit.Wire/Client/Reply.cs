using System.Runtime.InteropServices;
using Godwit.Bson;

namespace Godwit.Wire.Client;

/// <summary>
/// A reply in the rented block it was received into. It owns the block: disposing gives it back, and every view into it dies.
/// </summary>
internal sealed class Reply : IDisposable
{
    private readonly int length;
    private readonly GatheredBatch? batch;
    private byte[]? block;

    internal Reply(ReceivedFrame frame)
    {
        (block, length, batch) = frame;
        Body = OpMessage.Parse(block.AsMemory(0, length)).Body;
    }

    /// <summary>The reply document.</summary>
    internal RawDocument Body { get; }

    /// <summary>Whether the command succeeded.</summary>
    internal bool IsOk => Body["ok"u8].IsTruthy();

    /// <summary>
    /// The documents of an array inside the reply, moved together so that nothing stands between them: the form of a document sequence.
    /// The array itself is destroyed by it; everything behind it in the reply stays.
    /// </summary>
    /// <param name="array">An array in <see cref="Body"/>.</param>
    internal (ReadOnlyMemory<byte> Bytes, int Count, int LastStart) Gather(RawValue array)
    {
        var bytes = block ?? throw new ObjectDisposedException(nameof(Reply));
        if (!MemoryMarshal.TryGetArray(array.Bytes, out var segment) || segment.Array != bytes)
        {
            throw new InvalidOperationException("the array is not a part of this reply");
        }

        var found =
            batch is { } early && early.ArrayStart == segment.Offset
                ? early
                : BatchGatherer.Gather(bytes, length, segment.Offset);
        return (bytes.AsMemory((found.ArrayStart + 4)..found.End), found.Count, found.LastStart);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref block, null) is { } rented)
        {
            BlockPool.Return(rented);
        }
    }
}
