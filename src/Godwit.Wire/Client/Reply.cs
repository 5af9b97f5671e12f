using System.Buffers;
using Godwit.Bson;

namespace Godwit.Wire.Client;

/// <summary>
/// A reply in the rented block it was received into. It owns the block: disposing gives it back, and every view into it dies.
/// </summary>
internal sealed class Reply : IDisposable
{
    private byte[]? block;

    internal Reply(byte[] block, int length)
    {
        this.block = block;
        Body = OpMessage.Parse(block.AsMemory(0, length)).Body;
    }

    /// <summary>The reply document.</summary>
    internal RawDocument Body { get; }

    /// <summary>Whether the command succeeded.</summary>
    internal bool IsOk => Body["ok"u8].IsTruthy();

    /// <summary>
    /// Moves the documents of an array inside the reply together, so that nothing stands between them: the form of a document
    /// sequence. The array itself is destroyed by it; everything behind it in the reply stays.
    /// </summary>
    /// <param name="array">An array in <see cref="Body"/>.</param>
    /// <param name="count">How many documents there were.</param>
    internal ReadOnlyMemory<byte> Gather(RawValue array, out int count)
    {
        ObjectDisposedException.ThrowIf(block is null, this);
        var bytes = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(array.Bytes, out var segment)
            ? segment
            : throw new InvalidOperationException("the array is not a part of this reply");
        var span = segment.AsSpan();
        var read = 4;
        var written = 4;
        count = 0;
        while (span[read] == (byte)BsonType.Document)
        {
            var start = read + 1 + span[(read + 1)..].IndexOf((byte)0) + 1;
            var length = new RawDocument(array.Bytes[start..]).Length;
            span.Slice(start, length).CopyTo(span[written..]);
            read = start + length;
            written += length;
            count++;
        }

        return bytes.AsMemory(4, written - 4);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref block, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
