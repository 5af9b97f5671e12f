using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$sortArray</c>: by whole elements or by paths within them.</summary>
internal static class SortArrayOperator
{
    internal static void Register(OperatorTable table) =>
        table.Add("$sortArray", (_, argument, context) => Parse(argument, context));

    private static RuntimeOperatorExpression Parse(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$sortArray", argument, context, (2942500, 2942501), "input", "sortBy");
        var input = named.Required("input", 2942502);
        if (named.Raw("sortBy").IsMissing)
        {
            throw new CommandException(2942503, "$sortArray requires 'sortBy' to be specified");
        }

        var order = OrderOf(named.Raw("sortBy"), context.Comparer);
        return new((values, _) => Sort(values[0], order), [input], context);
    }

    private static Comparison<RawValue> OrderOf(RawValue sortBy, IComparer<RawValue> comparer)
    {
        if (sortBy.Type != BsonType.Document)
        {
            var direction = Direction(sortBy);
            return (left, right) => direction * comparer.Compare(left, right);
        }

        var keys = new List<(string[] Path, int Direction)>();
        foreach (var element in sortBy.AsDocument)
        {
            keys.Add((FieldNames.SplitPath(element.Name), Direction(element.Value)));
        }

        return (left, right) =>
        {
            foreach (var (path, direction) in keys)
            {
                var order = comparer.Compare(ValueAt(left, path), ValueAt(right, path));
                if (order != 0)
                {
                    return direction * order;
                }
            }

            return 0;
        };
    }

    private static int Direction(RawValue value) =>
        value.ToWholeInt32() is (1 or -1) and var direction
            ? direction
            : throw new CommandException(
                2942507,
                "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields"
            );

    private static RawValue ValueAt(RawValue value, string[] path)
    {
        foreach (var part in path)
        {
            value = value.Type == BsonType.Document ? value.AsDocument[part] : default;
        }

        return value.IsMissing ? RawValue.Null : value;
    }

    private static RawValue Sort(RawValue input, Comparison<RawValue> order)
    {
        if (input.IsNullish)
        {
            return RawValue.Null;
        }

        return input.Type == BsonType.Array
            ? RawValue.Array(input.AsDocument.Values().Order(Comparer<RawValue>.Create(order)))
            : throw new CommandException(
                2942504,
                $"The input argument to $sortArray must be an array, but was of type: {BsonTypeNames.NameOf(input.Type)}"
            );
    }
}
