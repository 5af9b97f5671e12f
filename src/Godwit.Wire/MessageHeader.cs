using System.Buffers.Binary;

namespace Godwit.Wire;

/// <summary>The 16 bytes at the start of every message.</summary>
/// <param name="Length">Length of the whole message, header included.</param>
/// <param name="RequestId">The sender's number of this message.</param>
/// <param name="ResponseTo">The request this answers; 0 for requests.</param>
/// <param name="OpCode">The kind of message.</param>
internal readonly record struct MessageHeader(int Length, int RequestId, int ResponseTo, OpCode OpCode)
{
    /// <summary>Bytes of a header.</summary>
    internal const int Size = 16;

    /// <summary>Reads a header from the start of a message.</summary>
    internal static MessageHeader Read(ReadOnlySpan<byte> bytes) =>
        new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            (OpCode)BinaryPrimitives.ReadInt32LittleEndian(bytes[12..])
        );

    /// <summary>Writes the header to the start of a message.</summary>
    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], RequestId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], ResponseTo);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], (int)OpCode);
    }
}
