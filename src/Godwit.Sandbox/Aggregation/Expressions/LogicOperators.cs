using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$and</c>, <c>$or</c>, <c>$not</c> and the comparisons.</summary>
internal static class LogicOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$and", (_, argument, context) => Junction(argument, context, stopsAt: false));
        table.Add("$or", (_, argument, context) => Junction(argument, context, stopsAt: true));
        table.Unary("$not", value => !value.IsTruthy());
        Compare(table, "$cmp", order => Math.Sign(order));
        Compare(table, "$eq", order => order == 0);
        Compare(table, "$ne", order => order != 0);
        Compare(table, "$gt", order => order > 0);
        Compare(table, "$gte", order => order >= 0);
        Compare(table, "$lt", order => order < 0);
        Compare(table, "$lte", order => order <= 0);
    }

    private static JunctionExpression Junction(RawValue argument, ExpressionContext context, bool stopsAt) =>
        new(ExpressionParser.ParseArguments(argument, context), stopsAt);

    private static void Compare(OperatorTable table, string name, Func<int, RawValue> verdict) =>
        table.Fixed(name, 2, (arguments, context) => verdict(context.Order.Compare(arguments[0], arguments[1])));

    /// <summary>Evaluates operands until one decides.</summary>
    private sealed class JunctionExpression(IReadOnlyList<Expression> operands, bool stopsAt) : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            foreach (var operand in operands)
            {
                if (operand.IsTrue(root, variables) == stopsAt)
                {
                    return stopsAt;
                }
            }

            return !stopsAt;
        }

        /// <inheritdoc/>
        internal override Expression Optimize()
        {
            Expression[] optimized = [.. operands.Select(operand => operand.Optimize())];
            var decided = Array.Exists(optimized, o => o is ConstantExpression c && c.Value.IsTruthy() == stopsAt);
            return decided ? new ConstantExpression(stopsAt)
                : Array.TrueForAll(optimized, o => o is ConstantExpression) ? new ConstantExpression(!stopsAt)
                : new JunctionExpression(optimized, stopsAt);
        }
    }
}
