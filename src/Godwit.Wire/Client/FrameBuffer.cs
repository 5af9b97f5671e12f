namespace Godwit.Wire.Client;

/// <summary>A frame in a block that belongs to whoever received it.</summary>
/// <param name="Block">A block of <see cref="BlockPool"/>.</param>
/// <param name="Length">How much of it the frame is.</param>
/// <param name="Batch">The frame's batch, if one was expected and the frame is large: its documents have been moved together.</param>
internal readonly record struct ReceivedFrame(byte[] Block, int Length, GatheredBatch? Batch);

/// <summary>
/// Receives whole frames into rented blocks: small ones with one read, large ones directly into the block they are handed over in,
/// batches piece by piece, so that a piece is gathered while it is in the processor's cache.
/// </summary>
internal sealed class FrameBuffer(Stream stream)
{
    private const int StagedBytes = 16 * 1024;

    /// <summary>Fits the second-level cache of any server processor.</summary>
    private const int PieceBytesMax = 256 * 1024;

    private readonly byte[] staged = new byte[StagedBytes];
    private int start;
    private int end;

    /// <summary>Receives the next frame, decompressed.</summary>
    /// <param name="isBatch">Whether it is a cursor's, whose documents are wanted together and not as the array they come in.</param>
    /// <param name="cancellationToken">Leaves the stream out of step.</param>
    internal async ValueTask<ReceivedFrame> ReceiveAsync(bool isBatch, CancellationToken cancellationToken)
    {
        await StageAsync(MessageHeader.Size, cancellationToken).ConfigureAwait(false);
        var header = MessageHeader.Read(staged.AsSpan(start));
        if (header.Length is < MessageHeader.Size or > WireLimits.MessageBytesMax)
        {
            throw WireException.Malformed($"a message announces {header.Length} bytes");
        }

        var block = BlockPool.Rent(header.Length);
        GatheredBatch? batch = null;
        try
        {
            var ready = Math.Min(end - start, header.Length);
            staged.AsSpan(start, ready).CopyTo(block);
            start += ready;
            if (isBatch && header.Length > StagedBytes)
            {
                batch = await ReceiveLargeAsync(block, ready, header.Length, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await stream
                    .ReadExactlyAsync(block.AsMemory(ready, header.Length - ready), cancellationToken)
                    .ConfigureAwait(false);
            }
        }
        catch
        {
            BlockPool.Return(block);
            throw;
        }

        return header.OpCode == OpCode.Compressed ? Unwrap(block, header.Length) : new(block, header.Length, batch);
    }

    private async ValueTask<GatheredBatch?> ReceiveLargeAsync(
        byte[] block,
        int received,
        int length,
        CancellationToken cancellationToken
    )
    {
        var gatherer = new BatchGatherer(block, length);
        while (true)
        {
            gatherer.Advance(received);
            if (received == length)
            {
                return gatherer.Batch;
            }

            var piece = block.AsMemory(received, Math.Min(PieceBytesMax, length - received));
            var some = await stream.ReadAsync(piece, cancellationToken).ConfigureAwait(false);
            received += some > 0 ? some : throw new EndOfStreamException("the connection ended inside a message");
        }
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

    private static ReceivedFrame Unwrap(byte[] wrapped, int length)
    {
        try
        {
            var frameLength = Compression.MeasureUnwrapped(wrapped.AsSpan(0, length));
            var block = BlockPool.Rent(frameLength);
            try
            {
                _ = Compression.UnwrapTo(wrapped.AsSpan(0, length), block.AsSpan(0, frameLength));
                return new(block, frameLength, null);
            }
            catch
            {
                BlockPool.Return(block);
                throw;
            }
        }
        finally
        {
            BlockPool.Return(wrapped);
        }
    }
}
