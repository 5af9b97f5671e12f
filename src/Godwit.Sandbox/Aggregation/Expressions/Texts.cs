using System.Globalization;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>How values become text in expressions.</summary>
internal static class Texts
{
    /// <summary>The text string operators take a value for; nothing for null, refused for what has no text.</summary>
    internal static string Coerce(RawValue value) =>
        value.Type switch
        {
            _ when value.IsNullish => "",
            BsonType.String or BsonType.Symbol or BsonType.JavaScript => value.AsString,
            BsonType.Int32 or BsonType.Int64 => value.Integer().ToString(CultureInfo.InvariantCulture),
            BsonType.Double => FormatDouble(value.AsDouble),
            BsonType.Decimal128 => value.ToDecimal().ToString(),
            BsonType.DateTime => CivilTime.FromMilliseconds(value.AsDateTimeMilliseconds).ToIsoText(),
            BsonType.Timestamp => FormatTimestamp(value.AsTimestamp),
            _ => throw new CommandException(
                16007,
                $"can't convert from BSON type {BsonTypeNames.NameOf(value.Type)} to String"
            ),
        };

    /// <summary>Fifteen significant digits as C's <c>%.15g</c> writes them.</summary>
    internal static string FormatDouble(double value)
    {
        if (double.IsNaN(value))
        {
            return "nan";
        }

        return double.IsInfinity(value)
            ? (value > 0 ? "inf" : "-inf")
            : value.ToString("G15", CultureInfo.InvariantCulture).Replace('E', 'e');
    }

    private static string FormatTimestamp(ClusterTime time) =>
        CivilTime.FromMilliseconds(time.Seconds * 1000L).ToMonthText()
        + ":"
        + time.Increment.ToString("x", CultureInfo.InvariantCulture);
}
