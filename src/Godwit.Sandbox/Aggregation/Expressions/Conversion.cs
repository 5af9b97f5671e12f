using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Conversions between types as <c>$convert</c> makes them.</summary>
internal static class Conversion
{
    internal static RawValue Convert(RawValue value, ConversionGoal goal) =>
        goal.Type switch
        {
            BsonType.Boolean => value.IsTruthy(),
            BsonType.String => ToText(value, goal),
            BsonType.Double => ToDouble(value),
            BsonType.Int32 => ToInteger(value, goal.Type),
            BsonType.Int64 => ToInteger(value, goal.Type),
            BsonType.Decimal128 => ToDecimal(value),
            BsonType.DateTime => ToDate(value),
            BsonType.ObjectId => ToObjectId(value),
            BsonType.Binary => BinaryConversion.ToBinary(value, goal),
            _ => throw Unsupported(value, goal.Type),
        };

    internal static CommandException Unsupported(RawValue value, BsonType type) =>
        Failure(
            $"Unsupported conversion from {BsonTypeNames.NameOf(value.Type)} to {BsonTypeNames.NameOf(type)} in $convert with no onError value"
        );

    internal static CommandException Failure(string message) => new(ErrorCode.ConversionFailure, message);

    private static RawValue ToText(RawValue value, ConversionGoal goal) =>
        value.Type switch
        {
            BsonType.String => value,
            BsonType.Double when double.IsNaN(value.AsDouble) => "NaN",
            BsonType.Double when double.IsInfinity(value.AsDouble) => value.AsDouble > 0 ? "Infinity" : "-Infinity",
            BsonType.Double or BsonType.Int32 or BsonType.Int64 or BsonType.Decimal128 => Texts.Coerce(value),
            BsonType.DateTime => DateFormat.Write("%Y-%m-%dT%H:%M:%S.%LZ", value.AsDateTimeMilliseconds, Zone.Utc),
            BsonType.Boolean => value.AsBoolean ? "true" : "false",
            BsonType.ObjectId => System.Convert.ToHexStringLower(value.AsObjectId.Span),
            BsonType.Binary => BinaryConversion.ToText(value, goal.Format),
            _ => throw Unsupported(value, BsonType.String),
        };

    private static RawValue ToDouble(RawValue value)
    {
        switch (value.Type)
        {
            case BsonType.Decimal128:
                var number = value.ToDouble();
                return double.IsInfinity(number) && !value.ToDecimal().IsInfinity ? throw Overflow() : number;
            case BsonType.Int32 or BsonType.Int64 or BsonType.Double:
                return value.ToDouble();
            case BsonType.Boolean:
                return value.AsBoolean ? 1.0 : 0.0;
            case BsonType.DateTime:
                return (double)value.AsDateTimeMilliseconds;
            case BsonType.String:
                return NumberText.ParseDouble(value.AsString);
            default:
                throw Unsupported(value, BsonType.Double);
        }
    }

    private static RawValue ToDecimal(RawValue value) =>
        value.Type switch
        {
            BsonType.Int32 or BsonType.Int64 or BsonType.Double or BsonType.Decimal128 => value.ToDecimal().ToRaw(),
            BsonType.Boolean => Decimal128.FromInt64(value.AsBoolean ? 1 : 0).ToRaw(),
            BsonType.DateTime => Decimal128.FromInt64(value.AsDateTimeMilliseconds).ToRaw(),
            BsonType.String => NumberText.ParseDecimal(value.AsString).ToRaw(),
            _ => throw Unsupported(value, BsonType.Decimal128),
        };

    private static RawValue ToInteger(RawValue value, BsonType type)
    {
        var whole = value.Type switch
        {
            BsonType.Int32 or BsonType.Int64 or BsonType.Double or BsonType.Decimal128 => CutToLong(value),
            BsonType.Boolean => value.AsBoolean ? 1 : 0,
            BsonType.DateTime when type == BsonType.Int64 => value.AsDateTimeMilliseconds,
            BsonType.String => NumberText.ParseInteger(value.AsString, type == BsonType.Int32),
            _ => throw Unsupported(value, type),
        };
        if (type == BsonType.Int64)
        {
            return RawValue.Int64(whole);
        }

        return whole is >= int.MinValue and <= int.MaxValue ? RawValue.Int32((int)whole) : throw Overflow();
    }

    private static long CutToLong(RawValue value)
    {
        if (!value.IsInteger())
        {
            var number = value.ToDouble();
            if (double.IsNaN(number))
            {
                throw Failure("Attempt to convert NaN value to integer type in $convert with no onError value");
            }

            if (double.IsInfinity(number))
            {
                throw Failure("Attempt to convert infinity value to integer type in $convert with no onError value");
            }

            if (value.Type == BsonType.Double && number is >= 9223372036854775808.0 or < -9223372036854775808.0)
            {
                throw Overflow();
            }
        }

        return value.ToInt64() ?? throw Overflow();
    }

    private static CommandException Overflow() =>
        Failure("Conversion would overflow target type in $convert with no onError value: ");

    private static RawValue ToDate(RawValue value) =>
        value.Type switch
        {
            BsonType.Int64 or BsonType.Double or BsonType.Decimal128 => RawValue.DateTime(CutToLong(value)),
            BsonType.String => RawValue.DateTime(DateParser.Parse(value.AsString, Zone.Utc)),
            _ => DateValues.TryMilliseconds(value) is { } moment
                ? RawValue.DateTime(moment)
                : throw Unsupported(value, BsonType.DateTime),
        };

    private static RawValue ToObjectId(RawValue value)
    {
        if (value.Type == BsonType.ObjectId)
        {
            return value;
        }

        if (value.Type != BsonType.String)
        {
            throw Unsupported(value, BsonType.ObjectId);
        }

        var text = value.AsString;
        if (text.Length != 24 || !text.All(char.IsAsciiHexDigit))
        {
            throw Failure(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Failed to parse objectId '{text}' in $convert with no onError value: Invalid string length for parsing to OID, expected 24 but found {text.Length}"
                )
            );
        }

        return RawValue.ObjectId(System.Convert.FromHexString(text));
    }
}
