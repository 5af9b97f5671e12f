using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$dateToParts</c> and <c>$dateFromParts</c>.</summary>
internal static class DateConstructionOperators
{
    private static readonly string[] Names =
    [
        "year",
        "isoWeekYear",
        "month",
        "isoWeek",
        "day",
        "isoDayOfWeek",
        "hour",
        "minute",
        "second",
        "millisecond",
        "timezone",
    ];

    internal static void Register(OperatorTable table)
    {
        table.Add("$dateToParts", (_, argument, context) => ParseToParts(argument, context));
        table.Add("$dateFromParts", (_, argument, context) => ParseFromParts(argument, context));
    }

    private static OperatorExpression ParseToParts(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(
            "$dateToParts",
            argument,
            context,
            (40524, 40520),
            "date",
            "timezone",
            "iso8601"
        );
        var hasZone = !named.Raw("timezone").IsMissing;
        var hasIso = !named.Raw("iso8601").IsMissing;
        return new(
            (values, _) =>
            {
                if (values[0].IsNullish)
                {
                    return RawValue.Null;
                }

                var zone = hasZone ? Zone.Parse(values[1]) : Zone.Utc;
                if (zone is null || (hasIso && values[2].IsNullish))
                {
                    return RawValue.Null;
                }

                if (hasIso && values[2].Type != BsonType.Boolean)
                {
                    throw new CommandException(
                        40521,
                        $"iso8601 must evaluate to a bool, found {BsonTypeNames.NameOf(values[2].Type)}"
                    );
                }

                var time = zone.ToLocal(DateValues.Milliseconds(values[0]));
                return hasIso && values[2].AsBoolean ? IsoParts(time) : Parts(time);
            },
            [named.Required("date", 40522), named.OrAbsent("timezone"), named.OrAbsent("iso8601")],
            context
        );
    }

    private static DocumentBuilder Parts(CivilTime time) =>
        AddClock(
            new()
            {
                { "year", (int)time.Year },
                { "month", time.Month },
                { "day", time.Day },
            },
            time
        );

    private static DocumentBuilder IsoParts(CivilTime time) =>
        AddClock(
            new()
            {
                { "isoWeekYear", (int)time.IsoYear },
                { "isoWeek", time.IsoWeek },
                { "isoDayOfWeek", time.IsoDayOfWeek },
            },
            time
        );

    private static DocumentBuilder AddClock(DocumentBuilder builder, CivilTime time) =>
        builder
            .Add("hour", time.Hour)
            .Add("minute", time.Minute)
            .Add("second", time.Second)
            .Add("millisecond", time.Millisecond);

    private static OperatorExpression ParseFromParts(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$dateFromParts", argument, context, (40519, 40518), Names);
        var isIso = !named.Raw("isoWeekYear").IsMissing;
        if (!isIso && named.Raw("year").IsMissing)
        {
            throw new CommandException(40516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
        }

        var excluded = isIso ? new[] { "year", "month", "day" } : ["isoWeek", "isoDayOfWeek"];
        if (Array.Find(excluded, name => !named.Raw(name).IsMissing) is { } mixed)
        {
            throw new CommandException(
                isIso ? 40489 : 40525,
                $"$dateFromParts does not allow mixing natural dates with ISO dates: {mixed}"
            );
        }

        string[] order = isIso
            ? ["isoWeekYear", "isoWeek", "isoDayOfWeek", "hour", "minute", "second", "millisecond"]
            : ["year", "month", "day", "hour", "minute", "second", "millisecond"];
        var defaults = new[] { 0, 1, 1, 0, 0, 0, 0 };
        var zoned = named.Raw("timezone").IsMissing ? new ConstantExpression("UTC") : named.Optional("timezone")!;
        Expression[] arguments =
        [
            .. order.Select((name, i) => named.Optional(name) ?? new ConstantExpression(defaults[i])),
            zoned,
        ];
        return new((values, _) => FromParts(values, order, isIso), arguments, context);
    }

    private static RawValue FromParts(RawValue[] values, string[] names, bool isIso)
    {
        var parts = new long[7];
        for (var i = 0; i < parts.Length; i++)
        {
            if (values[i].IsNullish)
            {
                return RawValue.Null;
            }

            parts[i] = Whole(values[i], names[i], i == 0);
        }

        if (Zone.Parse(values[7]) is not { } zone)
        {
            return RawValue.Null;
        }

        var days = isIso
            ? DateParser.IsoWeekStart(parts[0]) + ((parts[1] - 1) * 7) + parts[2] - 1
            : CivilTime.DaysFromCivil(parts[0], parts[1], 1) + parts[2] - 1;
        var local =
            (days * CivilTime.MillisecondsPerDay)
            + (parts[3] * 3_600_000)
            + (parts[4] * 60_000)
            + (parts[5] * 1000)
            + parts[6];
        return RawValue.DateTime(zone.FromLocalMilliseconds(local));
    }

    private static long Whole(RawValue value, string name, bool isYear)
    {
        var isWhole =
            value.IsInteger()
            || (value.Type == BsonType.Double && value.AsDouble == Math.Truncate(value.AsDouble))
            || (
                value.Type == BsonType.Decimal128 && value.ToInt64() is { } cut && value.ToDecimal().CompareTo(cut) == 0
            );
        if (!isWhole || value.ToInt64() is not { } whole)
        {
            throw new CommandException(
                40515,
                $"'{name}' must evaluate to an integer, found {BsonTypeNames.NameOf(value.Type)} with value {value}"
            );
        }

        if (isYear && whole is (< 1 or > 9999))
        {
            throw new CommandException(
                40523,
                $"'{name}' must evaluate to an integer in the range 1 to 9999, found {whole}"
            );
        }

        var isWide = name is "second" or "millisecond";
        return isYear || isWide || whole is >= short.MinValue and <= short.MaxValue
            ? whole
            : throw new CommandException(
                31034,
                $"'{name}' must evaluate to a value in the range [-32768, 32767]; value {whole} is not in range"
            );
    }
}
