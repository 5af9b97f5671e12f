using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Godwit.Bson.ExtendedJson;

/// <summary>
/// Reads Extended JSON v2, canonical and relaxed alike, into BSON bytes. Strict: a type wrapper (<c>$oid</c>, <c>$date</c>, …)
/// with a wrong shape is refused rather than taken for a document; fields keep their order and may repeat.
/// </summary>
public static class ExtendedJsonReader
{
    private const int DepthMax = 1024;

    /// <summary>Reads one document.</summary>
    /// <exception cref="FormatException">The text is not JSON, no document, or a type wrapper in it has a wrong shape.</exception>
    public static RawDocument ReadDocument(string json) => ReadDocument(Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="ReadDocument(string)"/>
    public static RawDocument ReadDocument(ReadOnlySpan<byte> utf8Json)
    {
        var value = ReadValue(utf8Json);
        return value.Type == BsonType.Document
            ? value.AsDocument
            : throw new FormatException($"the text is no document but a value of type {value.Type}");
    }

    /// <summary>Reads one value of any type.</summary>
    /// <inheritdoc cref="ReadDocument(string)" path="/exception"/>
    public static RawValue ReadValue(string json) => ReadValue(Encoding.UTF8.GetBytes(json));

    /// <inheritdoc cref="ReadValue(string)"/>
    public static RawValue ReadValue(ReadOnlySpan<byte> utf8Json)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8Json, new JsonReaderOptions { MaxDepth = DepthMax });
            Advance(ref reader);
            var value = Read(ref reader);
            return reader.Read() ? throw new FormatException("there is more text after the value") : value;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FormatException($"not valid JSON: {exception.Message}", exception);
        }
    }

    private static RawValue Read(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(ref reader),
            JsonTokenType.StartArray => ReadArray(ref reader),
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => ReadNumber(ref reader),
            JsonTokenType.True => RawValue.True,
            JsonTokenType.False => RawValue.False,
            JsonTokenType.Null => RawValue.Null,
            _ => throw new FormatException($"unexpected {reader.TokenType}"),
        };

    private static RawValue ReadObject(ref Utf8JsonReader reader)
    {
        var builder = new DocumentBuilder();
        string? first = null;
        var firstToken = JsonTokenType.None;
        Advance(ref reader);
        while (reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            if (name.Contains('\0', StringComparison.Ordinal))
            {
                throw new FormatException("a field name contains a NUL character");
            }

            Advance(ref reader);
            if (first is null)
            {
                (first, firstToken) = (name, reader.TokenType);
            }

            builder.Add(name, Read(ref reader));
            Advance(ref reader);
        }

        var document = builder.Build();
        return first is ['$', ..] ? TypeWrapper.Unwrap(first, firstToken, document) : document;
    }

    private static RawValue ReadArray(ref Utf8JsonReader reader)
    {
        var builder = new ArrayBuilder();
        Advance(ref reader);
        while (reader.TokenType != JsonTokenType.EndArray)
        {
            builder.Add(Read(ref reader));
            Advance(ref reader);
        }

        return builder.Build();
    }

    private static RawValue ReadNumber(ref Utf8JsonReader reader)
    {
        var isWhole = reader.ValueSpan.IndexOfAny(".eE"u8) < 0;
        if (isWhole && reader.TryGetInt32(out var number))
        {
            return number;
        }

        if (isWhole && reader.TryGetInt64(out var large))
        {
            return large;
        }

        return double.Parse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    private static void Advance(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
        {
            throw new FormatException("the text ends too early");
        }
    }
}
