using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$round</c> and <c>$trunc</c> to a number of decimal places, negative ones before the point.</summary>
internal static class Rounding
{
    internal static RawValue Round(string name, RawValue[] arguments, DecimalRounding rounding)
    {
        var value = arguments[0];
        if (value.IsNullish)
        {
            return RawValue.Null;
        }

        if (!value.IsNumber)
        {
            throw new CommandException(
                51081,
                $"{name} only supports numeric types, not {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        if (arguments.Length > 1 && arguments[1].IsNullish)
        {
            return RawValue.Null;
        }

        var places = arguments.Length > 1 ? Places(name, arguments[1]) : 0;
        return value.Type switch
        {
            BsonType.Decimal128 => RoundDecimal(value.ToDecimal(), places, rounding).ToRaw(),
            BsonType.Double => double.IsInfinity(value.AsDouble)
                ? value
                : RoundDecimal(Decimal128.FromDoubleExactly(value.AsDouble), places, rounding).ToDouble(),
            _ => RoundInteger(name, value, places, rounding),
        };
    }

    private static int Places(string name, RawValue argument)
    {
        var places = argument.CoerceToLong();
        if (argument.ToWholeInt32() is null)
        {
            throw new CommandException(51082, $"precision argument to  {name} must be a integral value");
        }

        return places is >= -20 and <= 100
            ? (int)places
            : throw new CommandException(
                51083,
                $"cannot apply {name} with precision value {places} value must be in [-20, 100]"
            );
    }

    private static Decimal128 RoundDecimal(Decimal128 value, int places, DecimalRounding rounding)
    {
        var rounded = value.Quantize(-places, rounding);
        return rounded.IsNaN ? value : rounded;
    }

    private static RawValue RoundInteger(string name, RawValue value, int places, DecimalRounding rounding)
    {
        if (places >= 0)
        {
            return value;
        }

        var rounded =
            Decimal128.FromInt64(value.Integer()).Quantize(-places, rounding).ToInt64()
            ?? throw new CommandException(
                51080,
                $"invalid conversion from Decimal128 result in {name} resulting from arguments: [{value.Integer()}, {places}]"
            );
        return value.Type == BsonType.Int64 ? RawValue.Int64(rounded) : Numbers.IntOrLong(rounded);
    }
}
