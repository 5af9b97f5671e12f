using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Godwit.Bson;

/// <summary>
/// Writes values for people as MongoDB's own messages do (<c>BSONObj::toString</c> and <c>BSONElement::toString</c> of the server's
/// <c>bson/bsonelement.cpp</c>): long texts are cut, and it is never parsed back.
/// </summary>
internal static class RawText
{
    private const int DepthMax = 100;
    private const int TextBytesMax = 160;
    private const int TextBytesShown = 150;
    private const int CodeBytesMax = 80;
    private const int CodeBytesShown = 70;

    internal static string Describe(RawDocument document)
    {
        var text = new StringBuilder();
        WriteDocument(text, document, isArray: false, 0);
        return text.ToString();
    }

    internal static string Describe(RawValue value)
    {
        var text = new StringBuilder();
        Write(text, value, 0);
        return text.ToString();
    }

    private static void WriteDocument(StringBuilder text, RawDocument document, bool isArray, int depth)
    {
        if (document.IsEmpty)
        {
            _ = text.Append(isArray ? "[]" : "{}");
            return;
        }

        _ = text.Append(isArray ? "[ " : "{ ");
        var separator = "";
        foreach (var element in document)
        {
            _ = text.Append(separator);
            if (depth >= DepthMax)
            {
                _ = text.Append("...");
            }
            else
            {
                _ = isArray ? text : text.Append(element.Name).Append(": ");
                Write(text, element.Value, depth + 1);
            }

            separator = ", ";
        }

        _ = text.Append(isArray ? " ]" : " }");
    }

    private static void Write(StringBuilder text, RawValue value, int depth)
    {
        switch (value.Type)
        {
            case BsonType.Document or BsonType.Array:
                WriteDocument(text, value.AsDocument, value.Type == BsonType.Array, depth);
                break;
            case BsonType.String or BsonType.Symbol:
                var cut = Cut(value.AsString, TextBytesMax, TextBytesShown);
                _ = text.Append('"').Append(cut ?? value.AsString).Append(cut is null ? "\"" : "...\"");
                break;
            case BsonType.JavaScript:
                var code = Cut(value.AsString, CodeBytesMax, CodeBytesShown);
                _ = text.Append(code ?? value.AsString).Append(code is null ? "" : "...");
                break;
            default:
                _ = text.Append(Scalar(value));
                break;
        }
    }

    // The sizes count the NUL at the end, as the server's do. What is cut inside a character shows a replacement character.
    private static string? Cut(string text, int bytesMax, int bytesShown)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length + 1 > bytesMax ? Encoding.UTF8.GetString(bytes, 0, bytesShown) : null;
    }

    private static string Scalar(RawValue value) =>
        value.Type switch
        {
            BsonType.Int32 => value.AsInt32.ToString(CultureInfo.InvariantCulture),
            BsonType.Int64 => value.AsInt64.ToString(CultureInfo.InvariantCulture),
            BsonType.Double => NiceDouble(value.AsDouble),
            BsonType.Decimal128 => Decimal128.FromRaw(value).ToString(),
            BsonType.Boolean => value.AsBoolean ? "true" : "false",
            BsonType.DateTime => $"new Date({value.AsDateTimeMilliseconds.ToString(CultureInfo.InvariantCulture)})",
            BsonType.Timestamp => Time(value.AsTimestamp),
            BsonType.ObjectId => $"ObjectId('{Convert.ToHexStringLower(value.Bytes.Span)}')",
            BsonType.Null => "null",
            BsonType.Undefined => "undefined",
            BsonType.Binary => Binary(value.BinarySubtype, value.BinaryData.Span),
            BsonType.RegularExpression => $"/{value.AsRegularExpression.Pattern}/{value.AsRegularExpression.Options}",
            BsonType.JavaScriptWithScope => CodeWithScope(value.Bytes),
            BsonType.DbPointer => Pointer(value.Bytes.Span),
            BsonType.Missing => "EOO",
            _ => value.Type.ToString(),
        };

    private static string Time(ClusterTime time) =>
        string.Create(CultureInfo.InvariantCulture, $"Timestamp({time.Seconds}, {time.Increment})");

    private static string Binary(byte subtype, ReadOnlySpan<byte> data)
    {
        if (subtype == 4 && data.Length == 16)
        {
            return $"UUID(\"{new Guid(data, bigEndian: true)}\")";
        }

        return data.Length > CodeBytesMax
            ? $"BinData({subtype}, {Convert.ToHexString(data[..CodeBytesShown])}...)"
            : $"BinData({subtype}, {Convert.ToHexString(data)})";
    }

    private static string CodeWithScope(ReadOnlyMemory<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[4..]);
        var code = Encoding.UTF8.GetString(bytes.Span.Slice(8, length - 1));
        return $"CodeWScope( {code}, {Describe(new RawDocument(bytes[(8 + length)..]))})";
    }

    private static string Pointer(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return $"DBRef('{Encoding.UTF8.GetString(bytes.Slice(4, length - 1))}',{Convert.ToHexStringLower(bytes[(4 + length)..])})";
    }

    /// <summary>As C's <c>%.16g</c>, and ".0" where that has neither a point nor a letter of the upper case.</summary>
    private static string NiceDouble(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan.0"
                : value > 0 ? "inf.0"
                : "-inf.0";
        }

        var text = value == 0 && double.IsNegative(value) ? "-0" : General(value);
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }

    private static string General(double value)
    {
        var scientific = value.ToString("E15", CultureInfo.InvariantCulture);
        var split = scientific.IndexOf('E', StringComparison.Ordinal);
        var exponent = int.Parse(
            scientific.AsSpan(split + 1),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture
        );
        var digits = scientific[..split];
        if (exponent is < -4 or >= 16)
        {
            var sign = exponent < 0 ? '-' : '+';
            return string.Create(CultureInfo.InvariantCulture, $"{Trim(digits)}e{sign}{Math.Abs(exponent):00}");
        }

        return value == 0 ? "0" : Trim(value.ToString($"F{15 - exponent}", CultureInfo.InvariantCulture));
    }

    private static string Trim(string digits) =>
        digits.Contains('.', StringComparison.Ordinal) ? digits.TrimEnd('0').TrimEnd('.') : digits;
}
