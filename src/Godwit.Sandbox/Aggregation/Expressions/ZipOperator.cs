using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$zip</c>: turns rows into columns, as far as the shortest input or padded to the longest.</summary>
internal static class ZipOperator
{
    internal static void Register(OperatorTable table) =>
        table.Add("$zip", (_, argument, context) => Parse(argument, context));

    private static OperatorExpression Parse(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(
            "$zip",
            argument,
            context,
            (34460, 34464),
            "inputs",
            "useLongestLength",
            "defaults"
        );
        var inputs = List(named.Raw("inputs"), "inputs", 34461);
        var defaults = List(named.Raw("defaults"), "defaults", 34462);
        var longest = named.Raw("useLongestLength");
        if (!longest.IsMissing && longest.Type != BsonType.Boolean)
        {
            throw new CommandException(
                34463,
                $"useLongestLength must be a bool, found {BsonTypeNames.NameOf(longest.Type)}"
            );
        }

        var isLongest = longest.IsTruthy();
        if (inputs.Count == 0)
        {
            throw new CommandException(34465, "$zip requires at least one input array");
        }

        if (defaults.Count > 0 && !isLongest)
        {
            throw new CommandException(34466, "cannot specify defaults unless useLongestLength is true");
        }

        if (defaults.Count > 0 && defaults.Count != inputs.Count)
        {
            throw new CommandException(34467, "defaults and inputs must have the same length");
        }

        Expression[] arguments = [.. inputs.Concat(defaults).Select(value => Expression.Parse(value, context))];
        return new((values, _) => Zip(values, inputs.Count, isLongest), arguments, context);
    }

    private static List<RawValue> List(RawValue value, string name, int code) =>
        value.IsMissing ? []
        : value.Type == BsonType.Array ? [.. value.AsDocument.Values()]
        : throw new CommandException(
            code,
            $"{name} must be an array of expressions, found {BsonTypeNames.NameOf(value.Type)}"
        );

    private static RawValue Zip(RawValue[] values, int count, bool isLongest)
    {
        var rows = new List<List<RawValue>>();
        foreach (var value in values.Take(count))
        {
            if (value.IsNullish)
            {
                return RawValue.Null;
            }

            rows.Add(
                value.Type == BsonType.Array
                    ? [.. value.AsDocument.Values()]
                    : throw new CommandException(34468, $"$zip found a non-array expression in input: {value}")
            );
        }

        var length = isLongest ? rows.Max(row => row.Count) : rows.Min(row => row.Count);
        var result = new ArrayBuilder();
        for (var column = 0; column < length; column++)
        {
            var builder = new ArrayBuilder();
            for (var row = 0; row < count; row++)
            {
                var padding = values.Length > count ? values[count + row] : RawValue.Null;
                builder.Add(column < rows[row].Count ? rows[row][column] : padding);
            }

            result.Add(builder.Build());
        }

        return result.Build();
    }
}
