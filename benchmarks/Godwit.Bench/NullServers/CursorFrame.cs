using System.Buffers.Binary;
using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>
/// The frame of a cursor's reply, the documents of its batch laid out once in the middle: serving it again only touches what changes
/// and what stands around them, so that a null server costs little more than sending.
/// </summary>
internal sealed class CursorFrame(int arrayBytesMax)
{
    /// <summary>A server ends a batch at 16 MiB of documents.</summary>
    public const int BatchBytesMax = 16 * 1024 * 1024;

    /// <summary>Where the first element of the array begins: before it there is room for everything that goes there.</summary>
    public const int FirstElement = 132;

    /// <summary>What a batch that ends early may write over behind its last document.</summary>
    public const int TailBytesMax = 1024;

    private const int ArrayStart = FirstElement - 4;
    private static readonly byte[] FirstBatch = "firstBatch\0"u8.ToArray();
    private static readonly byte[] NextBatch = "nextBatch\0"u8.ToArray();

    public byte[] Bytes { get; } = new byte[FirstElement + arrayBytesMax + TailBytesMax];

    /// <summary>Writes what surrounds an array that ends at <paramref name="arrayEnd"/>. Valid until the frame is changed again.</summary>
    public ReadOnlyMemory<byte> Finish(
        MessageHeader request,
        bool isFirst,
        int arrayEnd,
        RawDocument restOfCursor,
        RawDocument restOfReply
    )
    {
        var name = isFirst ? FirstBatch : NextBatch;
        var cursorStart = ArrayStart - name.Length - 1 - 4;
        var bodyStart = cursorStart - "cursor\0"u8.Length - 1 - 4;
        var start = bodyStart - MessageHeader.Size - 5;
        var span = Bytes.AsSpan();
        span[arrayEnd] = 0;
        var cursorEnd = arrayEnd + 1 + Append(span[(arrayEnd + 1)..], restOfCursor);
        var end = cursorEnd + Append(span[cursorEnd..], restOfReply);
        BinaryPrimitives.WriteInt32LittleEndian(span[ArrayStart..], arrayEnd + 1 - ArrayStart);
        name.CopyTo(Bytes, ArrayStart - name.Length);
        span[ArrayStart - name.Length - 1] = (byte)BsonType.Array;
        BinaryPrimitives.WriteInt32LittleEndian(span[cursorStart..], cursorEnd - cursorStart);
        "cursor\0"u8.CopyTo(span[(bodyStart + 5)..]);
        span[bodyStart + 4] = (byte)BsonType.Document;
        BinaryPrimitives.WriteInt32LittleEndian(span[bodyStart..], end - bodyStart);
        span[(bodyStart - 5)..bodyStart].Clear();
        new MessageHeader(end - start, request.RequestId, request.RequestId, OpCode.Message).Write(span[start..]);
        return Bytes.AsMemory(start, end - start);
    }

    /// <summary>Writes type and name of an array element. Returns where its value begins.</summary>
    public int WriteElementStart(int offset, int index)
    {
        Bytes[offset] = (byte)BsonType.Document;
        _ = index.TryFormat(Bytes.AsSpan(offset + 1), out var digits);
        Bytes[offset + 1 + digits] = 0;
        return offset + 2 + digits;
    }

    /// <summary>Digits of the name of an array element.</summary>
    public static int Digits(int index) =>
        index switch
        {
            < 10 => 1,
            < 100 => 2,
            < 1_000 => 3,
            < 10_000 => 4,
            < 100_000 => 5,
            _ => 6,
        };

    /// <summary>The fields of a document and its end, without its length.</summary>
    private static int Append(Span<byte> target, RawDocument document)
    {
        document.Bytes.Span[4..].CopyTo(target);
        return document.Length - 4;
    }
}
