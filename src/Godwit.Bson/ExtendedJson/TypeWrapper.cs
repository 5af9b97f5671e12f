using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Godwit.Bson.ExtendedJson;

/// <summary>
/// Turns the document forms of Extended JSON (<c>{"$oid": …}</c> and the like) into the value they stand for. A first field
/// that names a wrapper commits to it; other documents, DBRefs and query operators included, are left as they are.
/// </summary>
internal static class TypeWrapper
{
    internal static RawValue Unwrap(string name, JsonTokenType token, RawDocument document)
    {
        switch (name)
        {
            case "$code" or "$scope":
                return Code(name, document);
            case "$oid" or "$symbol" or "$numberInt" or "$numberLong" or "$numberDouble" or "$numberDecimal" or "$uuid":
                return FromText(name, Only(document, name));
            case "$date":
                return Date(token, Only(document, name));
            case "$binary":
                return Binary(Only(document, name));
            case "$regularExpression":
                return RegularExpression(Only(document, name));
            case "$timestamp":
                return Timestamp(Only(document, name));
            case "$dbPointer":
                return DbPointer(Only(document, name));
            case "$minKey" or "$maxKey":
                Require(token == JsonTokenType.Number && Only(document, name) == RawValue.Int32(1), name);
                return name == "$minKey" ? RawValue.MinKey : RawValue.MaxKey;
            case "$undefined":
                Require(Only(document, name) == RawValue.True, name);
                return RawValue.Undefined;
            default:
                return document;
        }
    }

    private static RawValue FromText(string name, RawValue value)
    {
        Require(value.Type == BsonType.String, name);
        var text = value.AsString;
        return name switch
        {
            "$symbol" => new RawValue(BsonType.Symbol, value.Bytes),
            "$oid" => ObjectId(text),
            "$uuid" => Uuid(text),
            "$numberInt" => int.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : throw Wrong(name),
            "$numberLong" => long.TryParse(
                text,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : throw Wrong(name),
            "$numberDouble" => DoubleFrom(text),
            _ => Decimal128.TryParse(text, out var number, out var isExact) && isExact
                ? number.ToRaw()
                : throw Wrong(name),
        };
    }

    private static RawValue DoubleFrom(string text) =>
        text switch
        {
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            // The quiet NaN without a sign: the one that MongoDB's own tools write.
            "NaN" => BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0000),
            _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            && !char.IsWhiteSpace(text[0])
            && !char.IsWhiteSpace(text[^1])
                ? number
                : throw Wrong("$numberDouble"),
        };

    private static RawValue ObjectId(string text)
    {
        Require(text.Length == 24 && text.All(char.IsAsciiHexDigit), "$oid");
        return RawValue.ObjectId(Convert.FromHexString(text));
    }

    private static RawValue Uuid(string text) =>
        Guid.TryParseExact(text, "D", out var value) ? RawValue.Uuid(value) : throw Wrong("$uuid");

    private static RawValue Date(JsonTokenType token, RawValue value)
    {
        if (token == JsonTokenType.StartObject && value.Type == BsonType.Int64)
        {
            return RawValue.DateTime(value.AsInt64);
        }

        Require(token == JsonTokenType.String, "$date");
        return DateTimeOffset.TryParseExact(
            value.AsString,
            ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? RawValue.DateTime(time)
            : throw Wrong("$date");
    }

    private static RawValue Binary(RawValue value)
    {
        var (base64, subtypeText) = TwoTexts("$binary", value, "base64", "subType");
        Require(subtypeText.Length is 1 or 2 && subtypeText.All(char.IsAsciiHexDigit), "$binary");
        var subtype = byte.Parse(subtypeText, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var buffer = new byte[(base64.Length / 4 * 3) + 3];
        Require(Convert.TryFromBase64String(base64, buffer, out var length), "$binary");
        var data = buffer.AsSpan(0, length);
        if (subtype != 2)
        {
            return RawValue.Binary(data, subtype);
        }

        // The old binary subtype repeats its length inside; Extended JSON leaves that out.
        var withLength = new byte[length + 4];
        BinaryPrimitives.WriteInt32LittleEndian(withLength, length);
        data.CopyTo(withLength.AsSpan(4));
        return RawValue.Binary(withLength, subtype);
    }

    private static RawValue RegularExpression(RawValue value)
    {
        var (pattern, options) = TwoTexts("$regularExpression", value, "pattern", "options");
        Require(!pattern.Contains('\0', StringComparison.Ordinal), "$regularExpression");
        Require(!options.Contains('\0', StringComparison.Ordinal), "$regularExpression");
        return RawValue.RegularExpression(pattern, string.Concat(options.Order()));
    }

    private static RawValue Timestamp(RawValue value)
    {
        Require(value.Type == BsonType.Document && value.AsDocument.Count() == 2, "$timestamp");
        var (seconds, increment) = (value.AsDocument["t"], value.AsDocument["i"]);
        Require(IsUnsigned32(seconds) && IsUnsigned32(increment), "$timestamp");
        return new ClusterTime((uint)seconds.ToInt64()!.Value, (uint)increment.ToInt64()!.Value);

        static bool IsUnsigned32(RawValue number) =>
            number.Type is BsonType.Int32 or BsonType.Int64 && number.ToInt64() is >= 0 and <= uint.MaxValue;
    }

    private static RawValue DbPointer(RawValue value)
    {
        Require(value.Type == BsonType.Document && value.AsDocument.Count() == 2, "$dbPointer");
        var (reference, id) = (value.AsDocument["$ref"], value.AsDocument["$id"]);
        Require(reference.Type == BsonType.String && id.Type == BsonType.ObjectId, "$dbPointer");
        return new(BsonType.DbPointer, (byte[])[.. reference.Bytes.Span, .. id.Bytes.Span]);
    }

    private static RawValue Code(string first, RawDocument document)
    {
        var (code, scope) = (document["$code"], document["$scope"]);
        if (first == "$scope" && (code.IsMissing || document.Count() != 2))
        {
            return document;
        }

        Require(code.Type == BsonType.String && document.Count() == (scope.IsMissing ? 1 : 2), "$code");
        if (scope.IsMissing)
        {
            return new(BsonType.JavaScript, code.Bytes);
        }

        Require(scope.Type == BsonType.Document, "$code");
        var bytes = new byte[4 + code.Bytes.Length + scope.Bytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        code.Bytes.CopyTo(bytes.AsMemory(4));
        scope.Bytes.CopyTo(bytes.AsMemory(4 + code.Bytes.Length));
        return new(BsonType.JavaScriptWithScope, bytes);
    }

    private static RawValue Only(RawDocument document, string name)
    {
        Require(document.Count() == 1, name);
        return document.First().Value;
    }

    private static (string First, string Second) TwoTexts(string name, RawValue value, string first, string second)
    {
        Require(value.Type == BsonType.Document && value.AsDocument.Count() == 2, name);
        var (one, two) = (value.AsDocument[first], value.AsDocument[second]);
        Require(one.Type == BsonType.String && two.Type == BsonType.String, name);
        return (one.AsString, two.AsString);
    }

    private static void Require([DoesNotReturnIf(false)] bool condition, string name)
    {
        if (!condition)
        {
            throw Wrong(name);
        }
    }

    private static FormatException Wrong(string name) => new($"a {name} has a wrong shape or value");
}
