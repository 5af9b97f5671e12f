using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Godwit.Bson;

namespace Godwit.Wire;

/// <summary>Makes the frames of OP_MSG messages.</summary>
internal static class OpMessageWriter
{
    /// <summary>Writes a message with only a body to a buffer.</summary>
    internal static void Write(
        IBufferWriter<byte> output,
        int requestId,
        int responseTo,
        MessageFlags flags,
        RawDocument body
    )
    {
        var length = MessageHeader.Size + 4 + 1 + body.Length + ChecksumLength(flags);
        var frame = output.GetSpan(length)[..length];
        var end = WriteStart(frame, new(length, requestId, responseTo, OpCode.Message), flags, body);
        WriteChecksum(frame, end, flags);
        output.Advance(length);
    }

    /// <summary>Makes a message with a body and document sequences.</summary>
    internal static byte[] ToFrame(
        int requestId,
        int responseTo,
        MessageFlags flags,
        RawDocument body,
        params ReadOnlySpan<DocumentSequence> sequences
    )
    {
        var length = MessageHeader.Size + 4 + 1 + body.Length + ChecksumLength(flags);
        foreach (var sequence in sequences)
        {
            length += 1 + SectionLength(sequence);
        }

        var frame = new byte[length];
        var end = WriteStart(frame, new(length, requestId, responseTo, OpCode.Message), flags, body);
        foreach (var sequence in sequences)
        {
            frame[end] = 1;
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(end + 1), SectionLength(sequence));
            var nameLength = Encoding.UTF8.GetBytes(sequence.Identifier, frame.AsSpan(end + 5));
            sequence.Bytes.Span.CopyTo(frame.AsSpan(end + 5 + nameLength + 1));
            end += 1 + SectionLength(sequence);
        }

        WriteChecksum(frame, end, flags);
        return frame;
    }

    private static int SectionLength(DocumentSequence sequence) =>
        4 + Encoding.UTF8.GetByteCount(sequence.Identifier) + 1 + sequence.Bytes.Length;

    private static int ChecksumLength(MessageFlags flags) => flags.HasFlag(MessageFlags.ChecksumPresent) ? 4 : 0;

    private static int WriteStart(Span<byte> frame, MessageHeader header, MessageFlags flags, RawDocument body)
    {
        header.Write(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[MessageHeader.Size..], (uint)flags);
        frame[MessageHeader.Size + 4] = 0;
        body.Bytes.Span.CopyTo(frame[(MessageHeader.Size + 5)..]);
        return MessageHeader.Size + 5 + body.Length;
    }

    private static void WriteChecksum(Span<byte> frame, int end, MessageFlags flags)
    {
        if (flags.HasFlag(MessageFlags.ChecksumPresent))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame[end..], Crc32C.Compute(frame[..end]));
        }
    }
}
