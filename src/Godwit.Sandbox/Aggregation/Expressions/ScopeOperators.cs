using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Operators that declare variables: <c>$let</c>, <c>$map</c>, <c>$filter</c>, <c>$reduce</c>.</summary>
internal static class ScopeOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$let", (_, argument, context) => ParseLet(argument, context));
        table.Add("$map", (_, argument, context) => ParseMap(argument, context));
        table.Add("$filter", (_, argument, context) => ParseFilter(argument, context));
        table.Add("$reduce", (_, argument, context) => ParseReduce(argument, context));
    }

    private static LetExpression ParseLet(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$let", argument, context, (16874, 16875), "vars", "in");
        if (named.Raw("vars").IsMissing)
        {
            throw new CommandException(16876, "Missing 'vars' parameter to $let");
        }

        if (named.Raw("in").IsMissing)
        {
            throw new CommandException(16877, "Missing 'in' parameter to $let");
        }

        if (named.Raw("vars").Type != BsonType.Document)
        {
            throw new CommandException(10065, "invalid parameter: expected an object (vars)");
        }

        var inner = context;
        var bindings = new List<(VariableSlot, Expression)>();
        foreach (var element in named.Raw("vars").AsDocument)
        {
            ExpressionContext.CheckVariableName(element.Name, allowsCurrent: true);
            inner = inner.Declare(element.Name, out var slot);
            bindings.Add((slot, Expression.Parse(element.Value, context)));
        }

        return new(bindings, Expression.Parse(named.Raw("in"), inner));
    }

    private static MapExpression ParseMap(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$map", argument, context, (16878, 16879), "input", "as", "in");
        var input = named.Required("input", 16880);
        var inner = context.Declare(NameOf(named.Raw("as"), "this"), out var item);
        if (named.Raw("in").IsMissing)
        {
            throw new CommandException(16882, "Missing 'in' parameter to $map");
        }

        return new(input, item, Expression.Parse(named.Raw("in"), inner));
    }

    private static FilterExpression ParseFilter(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$filter", argument, context, (28646, 28647), "input", "as", "cond", "limit");
        var input = named.Required("input", 28648);
        if (named.Raw("cond").IsMissing)
        {
            throw new CommandException(28650, "Missing 'cond' parameter to $filter");
        }

        var inner = context.Declare(NameOf(named.Raw("as"), "this"), out var item);
        return new(input, item, Expression.Parse(named.Raw("cond"), inner), named.Optional("limit"));
    }

    private static ReduceExpression ParseReduce(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$reduce", argument, context, (40075, 40076), "input", "initialValue", "in");
        var input = named.Required("input", 40077);
        var initial = named.Required("initialValue", 40078);
        if (named.Raw("in").IsMissing)
        {
            throw new CommandException(40079, "$reduce requires 'in' to be specified");
        }

        var inner = context.Declare("this", out var item).Declare("value", out var value);
        return new(input, initial, item, value, Expression.Parse(named.Raw("in"), inner));
    }

    private static string NameOf(RawValue name, string otherwise)
    {
        if (name.IsMissing)
        {
            return otherwise;
        }

        if (name.Type != BsonType.String)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"BSON field 'as' is the wrong type '{BsonTypeNames.NameOf(name.Type)}', expected type 'string'"
            );
        }

        ExpressionContext.CheckVariableName(name.AsString);
        return name.AsString;
    }

    private sealed class LetExpression(IReadOnlyList<(VariableSlot Slot, Expression Value)> bindings, Expression body)
        : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            var inner = variables;
            foreach (var (slot, value) in bindings)
            {
                inner = inner.Bind(slot, value.Evaluate(root, variables));
            }

            return body.Evaluate(root, inner);
        }

        /// <inheritdoc/>
        internal override Expression Optimize()
        {
            var optimized = body.Optimize();
            (VariableSlot Slot, Expression Value)[] values = [.. bindings.Select(b => (b.Slot, b.Value.Optimize()))];
            return optimized is ConstantExpression ? optimized : new LetExpression(values, optimized);
        }
    }

    private sealed class MapExpression(Expression input, VariableSlot slot, Expression each) : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            var list = input.Evaluate(root, variables);
            if (list.IsNullish)
            {
                return RawValue.Null;
            }

            if (list.Type != BsonType.Array)
            {
                throw new CommandException(
                    16883,
                    $"input to $map must be an array not {BsonTypeNames.NameOf(list.Type)}"
                );
            }

            return RawValue.Array(
                list.AsDocument.Values().Select(item => each.Evaluate(root, variables.Bind(slot, item)))
            );
        }

        /// <inheritdoc/>
        internal override Expression Optimize()
        {
            var list = input.Optimize();
            return list is ConstantExpression { Value.IsNullish: true }
                ? new ConstantExpression(RawValue.Null)
                : new MapExpression(list, slot, each.Optimize());
        }
    }

    private sealed class FilterExpression(Expression input, VariableSlot slot, Expression test, Expression? limit)
        : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            var list = input.Evaluate(root, variables);
            if (list.IsNullish)
            {
                return RawValue.Null;
            }

            if (list.Type != BsonType.Array)
            {
                throw new CommandException(
                    28651,
                    $"input to $filter must be an array not {BsonTypeNames.NameOf(list.Type)}"
                );
            }

            var most = int.MaxValue;
            if (limit?.Evaluate(root, variables) is { IsNullish: false } given)
            {
                most =
                    given.ToWholeInt32()
                    ?? throw new CommandException(
                        327391,
                        $"$filter: limit must be represented as a 32-bit integral value: {given}"
                    );
                if (most <= 0)
                {
                    throw new CommandException(327392, $"$filter: limit must be greater than 0: {most}");
                }
            }

            return RawValue.Array(
                list.AsDocument.Values().Where(item => test.IsTrue(root, variables.Bind(slot, item))).Take(most)
            );
        }

        /// <inheritdoc/>
        internal override Expression Optimize()
        {
            var list = input.Optimize();
            return list is ConstantExpression { Value.IsNullish: true }
                ? new ConstantExpression(RawValue.Null)
                : new FilterExpression(list, slot, test.Optimize(), limit?.Optimize());
        }
    }

    private sealed class ReduceExpression(
        Expression input,
        Expression initial,
        VariableSlot item,
        VariableSlot value,
        Expression step
    ) : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            var list = input.Evaluate(root, variables);
            if (list.IsNullish)
            {
                return RawValue.Null;
            }

            if (list.Type != BsonType.Array)
            {
                throw new CommandException(40080, $"$reduce requires that 'input' be an array, found: {list}");
            }

            var result = initial.Evaluate(root, variables);
            foreach (var element in list.AsDocument)
            {
                result = step.Evaluate(root, variables.Bind(item, element.Value).Bind(value, result));
            }

            return result;
        }

        /// <inheritdoc/>
        internal override Expression Optimize() =>
            new ReduceExpression(input.Optimize(), initial.Optimize(), item, value, step.Optimize());
    }
}
