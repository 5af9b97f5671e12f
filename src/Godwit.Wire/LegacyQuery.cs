using System.Buffers.Binary;
using System.Text;
using Godwit.Bson;

namespace Godwit.Wire;

/// <summary>An OP_QUERY: what older drivers send as their first hello.</summary>
/// <param name="Header">The frame's header.</param>
/// <param name="Collection">Full collection name; <c>db.$cmd</c> for commands.</param>
/// <param name="NumberToReturn">1 or -1 for commands.</param>
/// <param name="Query">The command, perhaps wrapped in <c>$query</c>.</param>
internal sealed record LegacyQuery(MessageHeader Header, string Collection, int NumberToReturn, RawDocument Query)
{
    /// <summary>Reads a whole frame, header included.</summary>
    /// <exception cref="WireException">The frame breaks the protocol.</exception>
    internal static LegacyQuery Parse(ReadOnlyMemory<byte> frame)
    {
        var header = MessageHeader.Read(frame.Span);
        var rest = frame.Length >= MessageHeader.Size + 4 ? frame[(MessageHeader.Size + 4)..] : default;
        var nameLength = rest.Span.IndexOf((byte)0);
        if (nameLength < 0 || rest.Length < nameLength + 1 + 8)
        {
            throw WireException.Malformed("an OP_QUERY is cut off");
        }

        var name = Encoding.UTF8.GetString(rest.Span[..nameLength]);
        rest = rest[(nameLength + 1 + 4)..];
        var numberToReturn = BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
        try
        {
            return new(header, name, numberToReturn, new RawDocument(rest[4..]));
        }
        catch (BsonFormatException malformed)
        {
            throw new WireException(22, malformed.Message);
        }
    }

    /// <summary>Makes a frame, as a client that begins with a legacy hello does.</summary>
    internal static byte[] ToFrame(int requestId, string collection, RawDocument query)
    {
        var name = Encoding.UTF8.GetBytes(collection);
        var frame = new byte[MessageHeader.Size + 4 + name.Length + 1 + 8 + query.Length];
        new MessageHeader(frame.Length, requestId, 0, OpCode.Query).Write(frame);
        name.CopyTo(frame.AsSpan(MessageHeader.Size + 4));
        var end = MessageHeader.Size + 4 + name.Length + 1;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(end + 4), -1);
        query.Bytes.Span.CopyTo(frame.AsSpan(end + 8));
        return frame;
    }
}
