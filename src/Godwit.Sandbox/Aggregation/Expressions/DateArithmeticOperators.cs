using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$dateAdd</c>, <c>$dateSubtract</c>, <c>$dateDiff</c> and <c>$dateTrunc</c>.</summary>
internal static class DateArithmeticOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$dateAdd", (name, argument, context) => ParseAdd(name, argument, context, 1));
        table.Add("$dateSubtract", (name, argument, context) => ParseAdd(name, argument, context, -1));
        table.Add("$dateDiff", (name, argument, context) => ParseDiff(name, argument, context));
        table.Add("$dateTrunc", (name, argument, context) => ParseTrunc(name, argument, context));
    }

    private static OperatorExpression ParseAdd(string name, RawValue argument, ExpressionContext context, int sign)
    {
        var named = NamedArguments.Read(
            name,
            argument,
            context,
            (5166400, 5166401),
            "startDate",
            "unit",
            "amount",
            "timezone"
        );
        var hasZone = !named.Raw("timezone").IsMissing;
        Expression[] arguments =
        [
            named.Required("startDate", 5166402),
            named.Required("unit", 5166402),
            named.Required("amount", 5166402),
            named.OrAbsent("timezone"),
        ];
        return new((values, _) => Add(name, values, hasZone, sign), arguments, context);
    }

    private static RawValue Add(string name, RawValue[] values, bool hasZone, int sign)
    {
        if (values[0].IsNullish || values[1].IsNullish || values[2].IsNullish)
        {
            return RawValue.Null;
        }

        var unit = DateUnits.Parse(name, values[1], (5439013, ErrorCode.FailedToParse));
        if (DateValues.TryMilliseconds(values[0]) is not { } start)
        {
            throw new CommandException(5166403, $"{name} requires startDate to be convertible to a date");
        }

        if (ToWhole(values[2]) is not { } amount)
        {
            throw new CommandException(5166405, $"{name} expects integer amount of time units");
        }

        var zone = hasZone ? Zone.Parse(values[3]) : Zone.Utc;
        return zone is null
            ? RawValue.Null
            : RawValue.DateTime(DateUnits.Add(start, unit, checked(sign * amount), zone));
    }

    private static long? ToWhole(RawValue value) =>
        value.IsInteger() ? value.Integer()
        : value.Type == BsonType.Double && value.AsDouble == Math.Truncate(value.AsDouble) ? value.ToInt64()
        : value.Type == BsonType.Decimal128 && value.ToInt64() is { } cut && value.ToDecimal().CompareTo(cut) == 0 ? cut
        : null;

    private static OperatorExpression ParseDiff(string name, RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(
            name,
            argument,
            context,
            (5166301, 5166302),
            "startDate",
            "endDate",
            "unit",
            "timezone",
            "startOfWeek"
        );
        var hasZone = !named.Raw("timezone").IsMissing;
        var hasWeek = !named.Raw("startOfWeek").IsMissing;
        Expression[] arguments =
        [
            named.Required("startDate", 5166303),
            named.Required("endDate", 5166304),
            named.Required("unit", 5166305),
            named.OrAbsent("timezone"),
            named.OrAbsent("startOfWeek"),
        ];
        return new((values, _) => Diff(name, values, hasZone, hasWeek), arguments, context);
    }

    private static RawValue Diff(string name, RawValue[] values, bool hasZone, bool hasWeek)
    {
        if (values[0].IsNullish || values[1].IsNullish || values[2].IsNullish)
        {
            return RawValue.Null;
        }

        var unit = DateUnits.Parse(name, values[2], (5439013, ErrorCode.FailedToParse));
        if (hasWeek && unit == DateUnit.Week && values[4].IsNullish)
        {
            return RawValue.Null;
        }

        var firstDay = hasWeek && unit == DateUnit.Week ? DateUnits.ParseDay(name, values[4]) : 0;
        var zone = hasZone ? Zone.Parse(values[3]) : Zone.Utc;
        if (zone is null)
        {
            return RawValue.Null;
        }

        var start = Moment(values[0], "startDate", 5166307, name);
        var end = Moment(values[1], "endDate", 5166307, name);
        return RawValue.Int64(
            DateUnits.Count(zone.LocalMilliseconds(end), unit, firstDay)
                - DateUnits.Count(zone.LocalMilliseconds(start), unit, firstDay)
        );
    }

    private static long Moment(RawValue value, string what, int code, string name) =>
        DateValues.TryMilliseconds(value)
        ?? throw new CommandException(
            code,
            $"{name} requires '{what}' to be a date, but got {BsonTypeNames.NameOf(value.Type)}"
        );

    private static OperatorExpression ParseTrunc(string name, RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(
            name,
            argument,
            context,
            (5439007, 5439008),
            "date",
            "unit",
            "binSize",
            "timezone",
            "startOfWeek"
        );
        var hasBin = !named.Raw("binSize").IsMissing;
        var hasZone = !named.Raw("timezone").IsMissing;
        var hasWeek = !named.Raw("startOfWeek").IsMissing;
        Expression[] arguments =
        [
            named.Required("date", 5439009),
            named.Required("unit", 5439010),
            hasBin ? named.Optional("binSize")! : new ConstantExpression(1),
            hasZone ? named.Optional("timezone")! : new ConstantExpression("UTC"),
            hasWeek ? named.Optional("startOfWeek")! : new ConstantExpression("sunday"),
        ];
        return new((values, _) => Truncate(name, values), arguments, context);
    }

    private static RawValue Truncate(string name, RawValue[] values)
    {
        if (Array.Exists(values, value => value.IsNullish))
        {
            return RawValue.Null;
        }

        var moment = Moment(values[0], "date", 5439012, name);
        var unit = DateUnits.Parse(name, values[1], (5439013, ErrorCode.FailedToParse));
        if (ToWhole(values[2]) is not { } size)
        {
            throw new CommandException(
                5439017,
                $"{name} requires 'binSize' to be a 64-bit integer, but got value '{values[2]}' of type {BsonTypeNames.NameOf(values[2].Type)}"
            );
        }

        if (size <= 0)
        {
            throw new CommandException(
                5439018,
                $"{name} requires 'binSize' to be greater than 0, but got value {size}"
            );
        }

        var zone = Zone.Parse(values[3])!;
        var firstDay = unit == DateUnit.Week ? DateUnits.ParseDay(name, values[4]) : 0;
        var origin =
            DateUnits.Count(946_684_800_000, unit, firstDay) + (unit == DateUnit.Week && firstDay != 6 ? 1 : 0);
        var count = DateUnits.Count(zone.LocalMilliseconds(moment), unit, firstDay) - origin;
        var start = origin + (CivilTime.FloorDivide(count, size) * size);
        return RawValue.DateTime(zone.FromLocalMilliseconds(DateUnits.Start(start, unit, firstDay)));
    }
}
