using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>An operator that MongoDB never evaluates ahead, even with constant arguments: its errors need a document to show.</summary>
internal sealed class RuntimeOperatorExpression(
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
    internal override Expression Optimize() =>
        new RuntimeOperatorExpression(function, [.. arguments.Select(a => a.Optimize())], context);
}
