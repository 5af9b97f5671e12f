using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Computes an operator from the values of its arguments.</summary>
internal delegate RawValue OperatorFunction(RawValue[] arguments, ExpressionContext context);

/// <summary>An operator that evaluates all its arguments and depends on nothing else.</summary>
internal sealed class OperatorExpression(
    OperatorFunction function,
    IReadOnlyList<Expression> arguments,
    ExpressionContext context
) : Expression
{
    /// <inheritdoc/>
    internal override RawValue Evaluate(RawDocument root, Variables variables)
    {
        var values = new RawValue[arguments.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i].Evaluate(root, variables);
        }

        return function(values, context);
    }

    /// <inheritdoc/>
    internal override Expression Optimize()
    {
        Expression[] optimized = [.. arguments.Select(argument => argument.Optimize())];
        var expression = new OperatorExpression(function, optimized, context);
        return Array.TrueForAll(optimized, argument => argument is ConstantExpression)
            ? new ConstantExpression(expression.Evaluate(RawDocument.Empty, Variables.Empty))
            : expression;
    }
}
