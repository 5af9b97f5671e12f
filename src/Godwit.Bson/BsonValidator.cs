using System.Buffers.Binary;
using System.Text;

namespace Godwit.Bson;

/// <summary>
/// Checks a whole document down to its leaves: what <see cref="BsonStructure"/> checks, and that texts are valid UTF-8. The raw types read
/// lazily and check only what they step over; bytes from outside are checked here once.
/// </summary>
public static class BsonValidator
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Accepts exactly one well-formed document.</summary>
    /// <exception cref="BsonFormatException">The bytes are anything else.</exception>
    public static void Validate(ReadOnlyMemory<byte> bytes)
    {
        var length = BsonStructure.Check(bytes.Span);
        if (length != bytes.Length)
        {
            throw new BsonFormatException($"{bytes.Length - length} bytes follow the document");
        }

        CheckTexts(new RawDocument(bytes));
    }

    private static void CheckTexts(RawDocument document)
    {
        foreach (var element in document)
        {
            CheckUtf8(element.NameUtf8.Span);
            CheckTexts(element.Value);
        }
    }

    private static void CheckTexts(RawValue value)
    {
        var bytes = value.Bytes.Span;
        switch (value.Type)
        {
            case BsonType.Document or BsonType.Array:
                CheckTexts(value.AsDocument);
                break;
            case BsonType.String or BsonType.Symbol or BsonType.JavaScript:
                CheckUtf8(bytes[4..^1]);
                break;
            case BsonType.DbPointer:
                CheckUtf8(bytes[4..^13]);
                break;
            case BsonType.RegularExpression:
                CheckUtf8(bytes);
                break;
            case BsonType.Binary when value.BinarySubtype == 2:
                Require(bytes.Length >= 9 && BinaryPrimitives.ReadInt32LittleEndian(bytes[5..]) == bytes.Length - 9);
                break;
            case BsonType.JavaScriptWithScope:
                var code = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
                CheckUtf8(bytes.Slice(8, code - 1));
                CheckTexts(new RawDocument(value.Bytes[(8 + code)..]));
                break;
            default:
                break;
        }
    }

    private static void CheckUtf8(ReadOnlySpan<byte> text)
    {
        try
        {
            _ = StrictUtf8.GetCharCount(text);
        }
        catch (DecoderFallbackException exception)
        {
            throw new BsonFormatException($"not valid UTF-8: {exception.Message}");
        }
    }

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new BsonFormatException("a length within a value does not match the value");
        }
    }
}
