using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Arrays as sets: order and repetition do not count. Results are in the order of values.</summary>
internal static class SetOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Variadic("$setUnion", Union);
        table.Variadic("$setIntersection", Intersection);
        table.Fixed("$setDifference", 2, Difference);
        table.Fixed("$setIsSubset", 2, IsSubset);
        table.Add("$setEquals", (_, argument, context) => ParseEquals(argument, context));
        table.Unary("$allElementsTrue", value => Elements(value, "$allElementsTrue", 17040).All(v => v.IsTruthy()));
        table.Unary("$anyElementTrue", value => Elements(value, "$anyElementTrue", 17041).Any(v => v.IsTruthy()));
    }

    private static IEnumerable<RawValue> Elements(RawValue value, string name, int code) =>
        value.Type == BsonType.Array
            ? value.AsDocument.Values()
            : throw new CommandException(
                code,
                $"{name}'s argument must be an array, but is {BsonTypeNames.NameOf(value.Type)}"
            );

    private static SortedSet<RawValue> SetOf(RawValue value, ExpressionContext context) =>
        new(value.AsDocument.Values(), context.Comparer);

    private static RawValue Union(RawValue[] arguments, ExpressionContext context)
    {
        var union = new SortedSet<RawValue>(context.Comparer);
        foreach (var argument in arguments)
        {
            if (argument.IsNullish)
            {
                return RawValue.Null;
            }

            Require(argument, 17043, "All operands of $setUnion must be arrays. One argument is of type");
            union.UnionWith(argument.AsDocument.Values());
        }

        return RawValue.Array(union);
    }

    private static RawValue Intersection(RawValue[] arguments, ExpressionContext context)
    {
        SortedSet<RawValue>? common = null;
        foreach (var argument in arguments)
        {
            if (argument.IsNullish)
            {
                return RawValue.Null;
            }

            Require(argument, 17047, "All operands of $setIntersection must be arrays. One argument is of type");
            if (common is null)
            {
                common = SetOf(argument, context);
            }
            else if (common.Count > 0)
            {
                var other = SetOf(argument, context);
                common.RemoveWhere(value => !other.Contains(value));
            }
        }

        return RawValue.Array(common ?? []);
    }

    private static RawValue Difference(RawValue[] arguments, ExpressionContext context)
    {
        if (arguments[0].IsNullish || arguments[1].IsNullish)
        {
            return RawValue.Null;
        }

        const string Text = "both operands of $setDifference must be arrays.";
        Require(arguments[0], 17048, $"{Text} First argument is of type");
        Require(arguments[1], 17049, $"{Text} Second argument is of type");
        var seen = SetOf(arguments[1], context);
        return RawValue.Array(arguments[0].AsDocument.Values().Where(value => seen.Add(value)));
    }

    private static RawValue IsSubset(RawValue[] arguments, ExpressionContext context)
    {
        const string Text = "both operands of $setIsSubset must be arrays.";
        Require(arguments[0], 17046, $"{Text} First argument is of type");
        Require(arguments[1], 17042, $"{Text} Second argument is of type");
        var outer = SetOf(arguments[1], context);
        return arguments[0].AsDocument.Values().All(outer.Contains);
    }

    private static OperatorExpression ParseEquals(RawValue argument, ExpressionContext context)
    {
        var arguments = ExpressionParser.ParseArguments(argument, context);
        return arguments.Length >= 2
            ? new(AreEqual, arguments, context)
            : throw new CommandException(17045, $"$setEquals needs at least two arguments had: {arguments.Length}");
    }

    private static RawValue AreEqual(RawValue[] arguments, ExpressionContext context)
    {
        SortedSet<RawValue>? first = null;
        var number = 0;
        var equal = true;
        foreach (var argument in arguments)
        {
            number++;
            Require(argument, 5887502, $"All operands of $setEquals must be arrays. {number}-th argument is of type");
            var set = SetOf(argument, context);
            first ??= set;
            equal = equal && first.SetEquals(set);
        }

        return equal;
    }

    private static void Require(RawValue value, int code, string text)
    {
        if (value.Type != BsonType.Array)
        {
            throw new CommandException(code, $"{text}: {BsonTypeNames.NameOf(value.Type)}");
        }
    }
}
