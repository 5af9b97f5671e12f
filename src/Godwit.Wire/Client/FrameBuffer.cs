using System.Buffers;

namespace Godwit.Wire.Client;

/// <summary>
/// Receives whole frames into rented blocks: small ones with one read, large ones directly into the block they are handed over in.
/// </summary>
internal sealed class FrameBuffer(Stream stream)
{
    private readonly byte[] staged = new byte[16 * 1024];
    private int start;
    private int end;

    /// <summary>Receives the next frame, decompressed; the block belongs to the caller.</summary>
    internal async ValueTask<(byte[] Block, int Length)> ReceiveAsync(CancellationToken cancellationToken)
    {
        await StageAsync(MessageHeader.Size, cancellationToken).ConfigureAwait(false);
        var header = MessageHeader.Read(staged.AsSpan(start));
        if (header.Length is < MessageHeader.Size or > WireLimits.MessageBytesMax)
        {
            throw WireException.Malformed($"a message announces {header.Length} bytes");
        }

        var block = ArrayPool<byte>.Shared.Rent(header.Length);
        try
        {
            var ready = Math.Min(end - start, header.Length);
            staged.AsSpan(start, ready).CopyTo(block);
            start += ready;
            await stream
                .ReadExactlyAsync(block.AsMemory(ready, header.Length - ready), cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(block);
            throw;
        }

        return header.OpCode == OpCode.Compressed ? Unwrap(block, header.Length) : (block, header.Length);
    }

    private async ValueTask StageAsync(int count, CancellationToken cancellationToken)
    {
        if (end - start >= count)
        {
            return;
        }

        staged.AsSpan(start, end - start).CopyTo(staged);
        end -= start;
        start = 0;
        end += await stream
            .ReadAtLeastAsync(staged.AsMemory(end), count - end, throwOnEndOfStream: true, cancellationToken)
            .ConfigureAwait(false);
    }

    private static (byte[] Block, int Length) Unwrap(byte[] wrapped, int length)
    {
        try
        {
            var frameLength = Compression.MeasureUnwrapped(wrapped.AsSpan(0, length));
            var block = ArrayPool<byte>.Shared.Rent(frameLength);
            try
            {
                _ = Compression.UnwrapTo(wrapped.AsSpan(0, length), block.AsSpan(0, frameLength));
                return (block, frameLength);
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(block);
                throw;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(wrapped);
        }
    }
}
