using System.Buffers.Binary;
using System.Text;

namespace Godwit.Bson;

/// <summary>
/// Checks a whole document down to its leaves: lengths, terminators, known types, booleans, and valid UTF-8. The raw types
/// read lazily and check only what they step over; bytes from outside are checked here once.
/// </summary>
public static class BsonValidator
{
    private const int DepthMax = 250;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Accepts exactly one well-formed document.</summary>
    /// <exception cref="BsonFormatException">The bytes are anything else.</exception>
    public static void Validate(ReadOnlyMemory<byte> bytes)
    {
        var document = new RawDocument(bytes);
        if (document.Length != bytes.Length)
        {
            throw new BsonFormatException($"{bytes.Length - document.Length} bytes follow the document");
        }

        CheckDocument(document, 0);
    }

    private static void CheckDocument(RawDocument document, int depth)
    {
        if (depth > DepthMax)
        {
            throw new BsonFormatException($"a document is nested deeper than {DepthMax} levels");
        }

        var end = 4;
        foreach (var element in document)
        {
            CheckUtf8(element.NameUtf8.Span);
            CheckValue(element.Value, depth);
            end += element.Bytes.Length;
        }

        if (end != document.Length - 1)
        {
            throw new BsonFormatException("a document's terminator stands before its end");
        }
    }

    private static void CheckValue(RawValue value, int depth)
    {
        var bytes = value.Bytes.Span;
        switch (value.Type)
        {
            case BsonType.Document or BsonType.Array:
                CheckDocument(value.AsDocument, depth + 1);
                break;
            case BsonType.String or BsonType.Symbol or BsonType.JavaScript:
                CheckText(bytes);
                break;
            case BsonType.DbPointer:
                CheckText(bytes[..^12]);
                break;
            case BsonType.RegularExpression:
                CheckUtf8(bytes);
                break;
            case BsonType.Boolean when bytes[0] > 1:
                throw new BsonFormatException("a boolean is neither 0 nor 1");
            case BsonType.Binary when value.BinarySubtype == 2:
                Require(bytes.Length >= 9 && BinaryPrimitives.ReadInt32LittleEndian(bytes[5..]) == bytes.Length - 9);
                break;
            case BsonType.JavaScriptWithScope:
                CheckCodeWithScope(value.Bytes, depth);
                break;
            default:
                break;
        }
    }

    private static void CheckCodeWithScope(ReadOnlyMemory<byte> bytes, int depth)
    {
        var code = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[4..]);
        Require(code >= 1 && code <= bytes.Length - 13);
        CheckText(bytes.Span.Slice(4, code + 4));
        var scope = new RawDocument(bytes[(8 + code)..]);
        Require(scope.Length == bytes.Length - 8 - code);
        CheckDocument(scope, depth + 1);
    }

    private static void CheckText(ReadOnlySpan<byte> bytes)
    {
        Require(bytes[^1] == 0);
        CheckUtf8(bytes[4..^1]);
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
