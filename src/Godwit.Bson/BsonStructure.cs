using System.Buffers.Binary;

namespace Godwit.Bson;

/// <summary>
/// The check that MongoDB makes of every document it is sent (its <c>validateBSON</c>): lengths, terminators, known types and booleans down to
/// the leaves; not whether texts are valid UTF-8. What has passed can be walked without a check at each step.
/// </summary>
public static class BsonStructure
{
    /// <summary>Documents within documents, the outermost not counted.</summary>
    public const int DepthMax = 200;

    /// <summary>Checks the document at the start of some bytes.</summary>
    /// <returns>Its length in bytes.</returns>
    /// <exception cref="BsonFormatException">There is no well-formed document.</exception>
    public static int Check(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length < 5 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (length < 5 || length > bytes.Length)
        {
            throw new BsonFormatException($"invalid bson: a document of {length} bytes in {bytes.Length}");
        }

        bytes = bytes[..length];
        Require(bytes[^1] == 0, "BSON object not terminated with EOO");
        // Where the documents that are open end; a code with scope is one around its scope, and stands here as its complement.
        Span<int> ends = stackalloc int[DepthMax + 1];
        ends[0] = length;
        var depth = 0;
        var at = 4;
        while (true)
        {
            var type = bytes[At(at, length)];
            if (type != 0)
            {
                at = AfterElement(bytes, at, ends, ref depth);
                continue;
            }

            Require(++at == ends[depth], "incorrect BSON length");
            if (depth == 0)
            {
                return length;
            }

            if (ends[--depth] < 0)
            {
                Require(at == ~ends[depth--], "incorrect BSON length");
            }
        }
    }

    private static int AfterElement(ReadOnlySpan<byte> bytes, int at, Span<int> ends, ref int depth)
    {
        var type = (BsonType)bytes[at];
        at = AfterName(bytes, at + 1);
        switch (type)
        {
            case BsonType.Double or BsonType.DateTime or BsonType.Timestamp or BsonType.Int64:
                return At(at + 8L, bytes.Length);
            case BsonType.String or BsonType.JavaScript or BsonType.Symbol:
                return AfterText(bytes, at);
            case BsonType.Document or BsonType.Array:
                Open(ends, ref depth, at + Int32(bytes, at, least: 5));
                return at + 4;
            case BsonType.Binary:
                return At(at + 5L + Int32(bytes, at, least: 0), bytes.Length);
            case BsonType.Undefined or BsonType.Null or BsonType.MinKey or BsonType.MaxKey:
                return At(at, bytes.Length);
            case BsonType.ObjectId:
                return At(at + 12L, bytes.Length);
            case BsonType.Boolean:
                Require(bytes[At(at, bytes.Length)] <= 1, "BSON bool is neither false nor true");
                return At(at + 1L, bytes.Length);
            case BsonType.RegularExpression:
                return AfterName(bytes, AfterName(bytes, at));
            case BsonType.DbPointer:
                return At(AfterText(bytes, at) + 12L, bytes.Length);
            case BsonType.JavaScriptWithScope:
                Open(ends, ref depth, ~(at + Int32(bytes, at, least: 0)));
                at = AfterText(bytes, at + 4);
                Open(ends, ref depth, at + Int32(bytes, at, least: 5));
                return at + 4;
            case BsonType.Int32:
                return At(at + 4L, bytes.Length);
            case BsonType.Decimal128:
                return At(at + 16L, bytes.Length);
            default:
                throw new BsonFormatException($"Unrecognized BSON type {(int)type}");
        }
    }

    private static void Open(Span<int> ends, ref int depth, int end)
    {
        if (depth == DepthMax)
        {
            throw new BsonFormatException("BSONObj exceeds maximum nested object depth") { IsTooDeep = true };
        }

        ends[++depth] = end;
    }

    private static int AfterText(ReadOnlySpan<byte> bytes, int at)
    {
        var length = Int32(bytes, at, least: 1);
        var end = At(at + 4L + length, bytes.Length);
        Require(bytes[end - 1] == 0, "Not null terminated string");
        return end;
    }

    private static int AfterName(ReadOnlySpan<byte> bytes, int at)
    {
        // The document's own terminator ends the search at the latest.
        var length = bytes[At(at, bytes.Length)..].IndexOf((byte)0);
        return At(at + length + 1L, bytes.Length);
    }

    private static int Int32(ReadOnlySpan<byte> bytes, int at, int least)
    {
        _ = At(at + 4L, bytes.Length);
        var value = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
        Require(value >= least && value <= bytes.Length, "BSON size is larger than buffer size");
        return value;
    }

    /// <summary>A position within the document: at least its terminator follows everything else.</summary>
    private static int At(long position, int length)
    {
        Require(position < length, "BSON size is larger than buffer size");
        return (int)position;
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new BsonFormatException(otherwise);
        }
    }
}
