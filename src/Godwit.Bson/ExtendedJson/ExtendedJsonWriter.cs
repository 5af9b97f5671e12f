using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Bson.ExtendedJson;

/// <summary>Writes BSON as Extended JSON v2. Canonical keeps every type; relaxed writes numbers and common dates plainly.</summary>
public static class ExtendedJsonWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 1024,
        // Field names may repeat in BSON, and fragments are written raw.
        SkipValidation = true,
    };

    /// <summary>Writes a document on one line.</summary>
    public static string Write(RawDocument document, ExtendedJsonForm form = ExtendedJsonForm.Canonical) =>
        Write((RawValue)document, form);

    /// <summary>Writes a value on one line.</summary>
    public static string Write(RawValue value, ExtendedJsonForm form = ExtendedJsonForm.Canonical)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            Write(writer, value, form == ExtendedJsonForm.Relaxed);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, RawValue value, bool isRelaxed)
    {
        switch (value.Type)
        {
            case BsonType.Document:
                writer.WriteStartObject();
                foreach (var element in value.AsDocument)
                {
                    writer.WritePropertyName(element.Name);
                    Write(writer, element.Value, isRelaxed);
                }

                writer.WriteEndObject();
                break;
            case BsonType.Array:
                writer.WriteStartArray();
                foreach (var element in value.AsDocument)
                {
                    Write(writer, element.Value, isRelaxed);
                }

                writer.WriteEndArray();
                break;
            case BsonType.JavaScriptWithScope:
                WriteCodeWithScope(writer, value, isRelaxed);
                break;
            default:
                WriteScalar(writer, value, isRelaxed);
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter writer, RawValue value, bool isRelaxed)
    {
        switch (value.Type)
        {
            case BsonType.String:
                writer.WriteStringValue(value.AsString);
                break;
            case BsonType.Boolean:
                writer.WriteBooleanValue(value.AsBoolean);
                break;
            case BsonType.Null or BsonType.Missing:
                writer.WriteNullValue();
                break;
            case BsonType.Double or BsonType.Int32 or BsonType.Int64:
                WriteNumber(writer, value, isRelaxed);
                break;
            case BsonType.DateTime:
                WriteDate(writer, value.AsDateTimeMilliseconds, isRelaxed);
                break;
            default:
                WriteWrapped(writer, value);
                break;
        }
    }

    private static void WriteWrapped(Utf8JsonWriter writer, RawValue value)
    {
        writer.WriteStartObject();
        switch (value.Type)
        {
            case BsonType.ObjectId:
                writer.WriteString("$oid", Convert.ToHexStringLower(value.Bytes.Span));
                break;
            case BsonType.Symbol:
                writer.WriteString("$symbol", value.AsString);
                break;
            case BsonType.JavaScript:
                writer.WriteString("$code", value.AsString);
                break;
            case BsonType.Decimal128:
                writer.WriteString("$numberDecimal", Decimal128.FromRaw(value).ToString());
                break;
            case BsonType.MinKey or BsonType.MaxKey:
                writer.WriteNumber(value.Type == BsonType.MinKey ? "$minKey" : "$maxKey", 1);
                break;
            case BsonType.Undefined:
                writer.WriteBoolean("$undefined", true);
                break;
            case BsonType.Binary:
                WriteBinary(writer, value);
                break;
            case BsonType.RegularExpression:
                writer.WriteStartObject("$regularExpression");
                writer.WriteString("pattern", value.AsRegularExpression.Pattern);
                writer.WriteString("options", string.Concat(value.AsRegularExpression.Options.Order()));
                writer.WriteEndObject();
                break;
            case BsonType.Timestamp:
                writer.WriteStartObject("$timestamp");
                writer.WriteNumber("t", value.AsTimestamp.Seconds);
                writer.WriteNumber("i", value.AsTimestamp.Increment);
                writer.WriteEndObject();
                break;
            case BsonType.DbPointer:
                writer.WriteStartObject("$dbPointer");
                writer.WriteString("$ref", Encoding.UTF8.GetString(value.Bytes.Span[4..^13]));
                writer.WritePropertyName("$id");
                WriteWrapped(writer, new(BsonType.ObjectId, value.Bytes[^12..]));
                writer.WriteEndObject();
                break;
            default:
                throw new BsonFormatException($"unknown BSON type {value.Type}");
        }

        writer.WriteEndObject();
    }

    private static void WriteBinary(Utf8JsonWriter writer, RawValue value)
    {
        // The old binary subtype repeats its length inside; Extended JSON leaves that out.
        var data = value.BinaryData.Span;
        data = value.BinarySubtype == 2 && data.Length >= 4 ? data[4..] : data;
        writer.WriteStartObject("$binary");
        writer.WriteString("base64", Convert.ToBase64String(data));
        writer.WriteString("subType", value.BinarySubtype.ToString("x2", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    private static void WriteCodeWithScope(Utf8JsonWriter writer, RawValue value, bool isRelaxed)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(value.Bytes.Span[4..]);
        writer.WriteStartObject();
        writer.WriteString("$code", Encoding.UTF8.GetString(value.Bytes.Span.Slice(8, length - 1)));
        writer.WritePropertyName("$scope");
        Write(writer, new RawDocument(value.Bytes[(8 + length)..]), isRelaxed);
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, RawValue value, bool isRelaxed)
    {
        var (name, text) = value.Type switch
        {
            BsonType.Int32 => ("$numberInt", value.AsInt32.ToString(CultureInfo.InvariantCulture)),
            BsonType.Int64 => ("$numberLong", value.AsInt64.ToString(CultureInfo.InvariantCulture)),
            _ => ("$numberDouble", TextOf(value.AsDouble)),
        };
        if (isRelaxed && (value.Type != BsonType.Double || double.IsFinite(value.AsDouble)))
        {
            writer.WriteRawValue(text, skipInputValidation: true);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString(name, text);
        writer.WriteEndObject();
    }

    private static string TextOf(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return double.IsFinite(value) && text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text;
    }

    private static void WriteDate(Utf8JsonWriter writer, long milliseconds, bool isRelaxed)
    {
        writer.WriteStartObject();
        if (isRelaxed && milliseconds is >= 0 and < 253_402_300_800_000)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
            var format = milliseconds % 1000 == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ";
            writer.WriteString("$date", time.ToString(format, CultureInfo.InvariantCulture));
        }
        else
        {
            writer.WritePropertyName("$date");
            WriteNumber(writer, milliseconds, isRelaxed: false);
        }

        writer.WriteEndObject();
    }
}
