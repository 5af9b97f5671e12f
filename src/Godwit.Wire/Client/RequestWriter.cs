using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Godwit.Bson;

namespace Godwit.Wire.Client;

/// <summary>
/// Sends requests. What is small goes out in one write; the documents of a large request are written from where they lie.
/// </summary>
internal sealed class RequestWriter(Stream stream)
{
    private const int JoinedBytesMax = 64 * 1024;
    private const int FlagsLength = 4;
    private int lastRequestId;

    /// <summary>What was negotiated; <see cref="Compressor.None"/> sends plain messages.</summary>
    internal Compressor Compressor { get; set; }

    internal ValueTask WriteAsync(RawDocument command, DocumentSequence sequence, CancellationToken cancellationToken)
    {
        var requestId = ++lastRequestId;
        if (Compressor == Compressor.None)
        {
            return WritePlainAsync(requestId, command, sequence, cancellationToken);
        }

        var frame = sequence.Identifier is null
            ? OpMessageWriter.ToFrame(requestId, 0, MessageFlags.None, command)
            : OpMessageWriter.ToFrame(requestId, 0, MessageFlags.None, command, sequence);
        return stream.WriteAsync(Compression.Wrap(frame, Compressor), cancellationToken);
    }

    private async ValueTask WritePlainAsync(
        int requestId,
        RawDocument command,
        DocumentSequence sequence,
        CancellationToken cancellationToken
    )
    {
        var sectionStart = sequence.Identifier is null ? 0 : 5 + Encoding.UTF8.GetByteCount(sequence.Identifier) + 1;
        var headLength = MessageHeader.Size + FlagsLength + 1 + command.Length + sectionStart;
        var length = headLength + sequence.Bytes.Length;
        if (length > WireLimits.MessageBytesMax)
        {
            throw new ArgumentException(
                $"a request of {length} bytes is larger than a message may be",
                nameof(sequence)
            );
        }

        var isJoined = length <= JoinedBytesMax;
        var head = ArrayPool<byte>.Shared.Rent(isJoined ? length : headLength);
        try
        {
            WriteHead(head, new(length, requestId, 0, OpCode.Message), command, sequence);
            if (isJoined)
            {
                sequence.Bytes.CopyTo(head.AsMemory(headLength));
                await stream.WriteAsync(head.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                return;
            }

            await stream.WriteAsync(head.AsMemory(0, headLength), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(sequence.Bytes, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    private static void WriteHead(Span<byte> head, MessageHeader header, RawDocument command, DocumentSequence sequence)
    {
        header.Write(head);
        var rest = head[MessageHeader.Size..];
        rest[..(FlagsLength + 1)].Clear();
        command.Bytes.Span.CopyTo(rest[(FlagsLength + 1)..]);
        rest = rest[(FlagsLength + 1 + command.Length)..];
        if (sequence.Identifier is null)
        {
            return;
        }

        rest[0] = 1;
        var nameLength = Encoding.UTF8.GetBytes(sequence.Identifier, rest[5..]);
        rest[5 + nameLength] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(rest[1..], 4 + nameLength + 1 + sequence.Bytes.Length);
    }
}
