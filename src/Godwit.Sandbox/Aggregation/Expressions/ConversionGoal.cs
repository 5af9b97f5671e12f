using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>What <c>$convert</c> is to make: a type, and for binary data a subtype and a notation.</summary>
internal sealed record ConversionGoal(BsonType Type, byte Subtype, string? Format)
{
    private static readonly string[] Formats = ["auto", "base64", "base64url", "hex", "utf8", "uuid"];

    /// <summary>Reads <c>to</c>: a name, a number, or <c>{type, subtype}</c>.</summary>
    internal static ConversionGoal? Parse(RawValue value)
    {
        RawValue subtype = 0;
        if (value.Type == BsonType.Document)
        {
            var given = value.AsDocument["subtype"];
            subtype = given.IsMissing ? subtype : given;
            value = value.AsDocument["type"];
        }

        return new(ReadType(value), ReadSubtype(subtype), null);
    }

    /// <summary>Reads <c>format</c>; nothing for null.</summary>
    internal static string? ParseFormat(RawValue value)
    {
        if (value.IsNullish)
        {
            return null;
        }

        if (value.Type != BsonType.String)
        {
            throw new CommandException(
                4341114,
                $"$convert requires that 'format' be a string, found: {BsonTypeNames.NameOf(value.Type)} with value {value}"
            );
        }

        return Formats.Contains(value.AsString, StringComparer.Ordinal)
            ? value.AsString
            : throw new CommandException(4341125, $"Invalid 'format' argument for $convert: {value.AsString}");
    }

    private static BsonType ReadType(RawValue value)
    {
        if (value.Type == BsonType.String)
        {
            return value.AsString == "missing" ? BsonType.Missing
                : BsonTypeNames.TryParse(value.AsString, out var named) ? named
                : throw new CommandException(ErrorCode.BadValue, $"Unknown type name: {value.AsString}");
        }

        if (!value.IsNumber)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"$convert's 'to' argument must be a string or number, but is {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var code =
            value.ToWholeInt32()
            ?? throw new CommandException(
                ErrorCode.FailedToParse,
                "In $convert, numeric 'to' argument is not an integer"
            );
        var type = (BsonType)unchecked((byte)code);
        return code is >= -1 and <= 127 && Enum.IsDefined(type)
            ? type
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"In $convert, numeric value for 'to' does not correspond to a BSON type: {code}"
            );
    }

    private static byte ReadSubtype(RawValue value)
    {
        if (!value.IsNumber)
        {
            throw new CommandException(
                4341108,
                $"For BinData, $convert's 'subtype' argument must be a number, but is {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        var code =
            value.ToWholeInt32()
            ?? throw new CommandException(4341106, "In $convert, numeric 'subtype' argument is not an integer");
        return code is (>= 0 and <= 8) or (>= 128 and <= 255)
            ? (byte)code
            : throw new CommandException(
                4341107,
                $"In $convert, numeric value for 'subtype' does not correspond to a BinData type: {code}"
            );
    }
}
