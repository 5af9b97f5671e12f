using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$year</c>, <c>$month</c> and the other operators that take one part of a date.</summary>
internal static class DatePartOperators
{
    internal static void Register(OperatorTable table)
    {
        Part(table, "$year", time => (int)time.Year);
        Part(table, "$month", time => time.Month);
        Part(table, "$dayOfMonth", time => time.Day);
        Part(table, "$hour", time => time.Hour);
        Part(table, "$minute", time => time.Minute);
        Part(table, "$second", time => time.Second);
        Part(table, "$millisecond", time => time.Millisecond);
        Part(table, "$dayOfYear", time => time.DayOfYear);
        Part(table, "$dayOfWeek", time => time.DayOfWeek);
        Part(table, "$week", time => time.Week);
        Part(table, "$isoWeek", time => time.IsoWeek);
        Part(table, "$isoWeekYear", time => time.IsoYear);
        Part(table, "$isoDayOfWeek", time => time.IsoDayOfWeek);
    }

    private static void Part(OperatorTable table, string name, Func<CivilTime, RawValue> part) =>
        table.Add(
            name,
            (_, argument, context) =>
                new OperatorExpression((values, _) => Evaluate(values, part), Parse(name, argument, context), context)
        );

    private static Expression[] Parse(string name, RawValue argument, ExpressionContext context)
    {
        if (
            argument.Type == BsonType.Document
            && !argument.AsDocument.IsEmpty
            && !argument.AsDocument.First().Name.StartsWith('$')
        )
        {
            var named = NamedArguments.Read(name, argument, context, (0, 40535), "date", "timezone");
            var date = named.Required("date", 40539);
            return named.Optional("timezone") is { } zone ? [date, zone] : [date];
        }

        var list = ExpressionParser.ParseArguments(argument, context);
        return list.Length == 1
            ? list
            : throw new CommandException(
                40536,
                $"{name} accepts exactly one argument if given an array, but was given {list.Length}"
            );
    }

    private static RawValue Evaluate(RawValue[] values, Func<CivilTime, RawValue> part)
    {
        if (values[0].IsNullish)
        {
            return RawValue.Null;
        }

        var moment = DateValues.Milliseconds(values[0]);
        var zone = values.Length > 1 ? Zone.Parse(values[1]) : Zone.Utc;
        return zone is null ? RawValue.Null : part(zone.ToLocal(moment));
    }
}
