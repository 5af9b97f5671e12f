using System.Buffers.Binary;
using Godwit.Bson;

namespace Godwit.Wire;

/// <summary>An OP_REPLY: the answer to an OP_QUERY, always with one document.</summary>
internal static class LegacyReply
{
    private const int AwaitCapable = 8;
    private const int Start = MessageHeader.Size + 20;

    /// <summary>Makes a frame.</summary>
    internal static byte[] ToFrame(int requestId, int responseTo, RawDocument document)
    {
        var frame = new byte[Start + document.Length];
        new MessageHeader(frame.Length, requestId, responseTo, OpCode.Reply).Write(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(MessageHeader.Size), AwaitCapable);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(MessageHeader.Size + 16), 1);
        document.Bytes.Span.CopyTo(frame.AsSpan(Start));
        return frame;
    }

    /// <summary>Reads the one document of a frame.</summary>
    /// <exception cref="WireException">The frame breaks the protocol.</exception>
    internal static RawDocument Parse(ReadOnlyMemory<byte> frame)
    {
        try
        {
            return frame.Length > Start
                ? new RawDocument(frame[Start..])
                : throw WireException.Malformed("an OP_REPLY carries no document");
        }
        catch (BsonFormatException malformed)
        {
            throw new WireException(22, malformed.Message);
        }
    }
}
