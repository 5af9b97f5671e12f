using System.Buffers.Text;
using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Binary data to and from text.</summary>
internal static class BinaryConversion
{
    internal static RawValue ToBinary(RawValue value, ConversionGoal goal)
    {
        if (value.Type == BsonType.Binary)
        {
            return RawValue.Binary(value.BinaryData.Span, goal.Subtype);
        }

        if (value.Type != BsonType.String)
        {
            throw Conversion.Unsupported(value, BsonType.Binary);
        }

        var text = value.AsString;
        if (goal.Format is null)
        {
            throw new CommandException(4341115, "Format must be speficied when converting from 'string' to 'binData'");
        }

        if (goal.Format == "uuid" != (goal.Subtype == 4) && goal.Format != "auto")
        {
            throw Invalid(text, "the format and the subtype do not fit");
        }

        try
        {
            byte[] data = goal.Format switch
            {
                "hex" => Convert.FromHexString(text),
                "utf8" => Encoding.UTF8.GetBytes(text),
                "base64" => Convert.FromBase64String(text),
                "base64url" => Base64Url.DecodeFromChars(text),
                "uuid" => Uuid(text),
                _ => goal.Subtype == 4 ? Uuid(text) : Convert.FromBase64String(text),
            };
            return RawValue.Binary(data, goal.Subtype);
        }
        catch (FormatException malformed)
        {
            throw Invalid(text, malformed.Message);
        }
    }

    internal static RawValue ToText(RawValue value, string? format)
    {
        var data = value.BinaryData.Span;
        var isUuid = value.BinarySubtype == 4 && data.Length == 16;
        if (format == "auto")
        {
            format = isUuid ? "uuid" : "base64";
        }

        return format switch
        {
            null => throw new CommandException(
                4341115,
                "Format must be speficied when converting from 'binData' to 'string'"
            ),
            "hex" => Convert.ToHexString(data),
            "base64" => Convert.ToBase64String(data),
            "base64url" => Base64Url.EncodeToString(data),
            "uuid" when isUuid => value.AsUuid.ToString(),
            "utf8" when System.Text.Unicode.Utf8.IsValid(data) => Encoding.UTF8.GetString(data),
            _ => throw Conversion.Failure(
                $"Failed to convert '{value}' to string in $convert with no onError value: the data do not fit the format {format}"
            ),
        };
    }

    private static byte[] Uuid(string text) =>
        Guid.TryParseExact(text, "D", out var uuid)
            ? uuid.ToByteArray(bigEndian: true)
            : throw new FormatException($"Invalid UUID string: {text}");

    private static CommandException Invalid(string text, string why) =>
        Conversion.Failure($"Failed to parse BinData '{text}' in $convert with no onError value: {why}");
}
