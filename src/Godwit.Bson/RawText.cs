using System.Globalization;
using System.Text;

namespace Godwit.Bson;

/// <summary>Writes values for people: short, close to the shell's notation, never parsed back.</summary>
internal static class RawText
{
    internal static string Describe(RawDocument document)
    {
        var text = new StringBuilder();
        WriteDocument(text, document, isArray: false);
        return text.ToString();
    }

    internal static string Describe(RawValue value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    private static void WriteDocument(StringBuilder text, RawDocument document, bool isArray)
    {
        _ = text.Append(isArray ? '[' : '{');
        var separator = "";
        foreach (var element in document)
        {
            _ = text.Append(separator);
            if (!isArray)
            {
                _ = text.Append(element.Name).Append(": ");
            }

            Write(text, element.Value);
            separator = ", ";
        }

        _ = text.Append(isArray ? ']' : '}');
    }

    private static void Write(StringBuilder text, RawValue value)
    {
        switch (value.Type)
        {
            case BsonType.Document or BsonType.Array:
                WriteDocument(text, value.AsDocument, value.Type == BsonType.Array);
                break;
            case BsonType.String or BsonType.Symbol or BsonType.JavaScript:
                _ = text.Append('"').Append(value.AsString).Append('"');
                break;
            default:
                _ = text.Append(Scalar(value));
                break;
        }
    }

    private static string Scalar(RawValue value) =>
        value.Type switch
        {
            BsonType.Int32 => value.AsInt32.ToString(CultureInfo.InvariantCulture),
            BsonType.Int64 => $"Long({value.AsInt64.ToString(CultureInfo.InvariantCulture)})",
            BsonType.Double => value.AsDouble.ToString("R", CultureInfo.InvariantCulture),
            BsonType.Decimal128 => $"Decimal128({Decimal128.FromRaw(value)})",
            BsonType.Boolean => value.AsBoolean ? "true" : "false",
            BsonType.DateTime => $"Date({value.AsDateTimeMilliseconds.ToString(CultureInfo.InvariantCulture)})",
            BsonType.Timestamp => $"Timestamp({value.AsTimestamp})",
            BsonType.ObjectId => $"ObjectId({Convert.ToHexStringLower(value.Bytes.Span)})",
            BsonType.Null => "null",
            BsonType.Binary => $"Binary({value.BinarySubtype}, {Convert.ToHexStringLower(value.BinaryData.Span)})",
            BsonType.RegularExpression => $"/{value.AsRegularExpression.Pattern}/{value.AsRegularExpression.Options}",
            _ => value.Type.ToString(),
        };
}
