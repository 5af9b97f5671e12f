using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>An array literal whose items are expressions; absent items become null.</summary>
internal sealed class ArrayExpression(Expression[] items) : Expression
{
    internal IReadOnlyList<Expression> Items => items;

    /// <inheritdoc/>
    internal override RawValue Evaluate(RawDocument root, Variables variables)
    {
        var builder = new ArrayBuilder();
        foreach (var item in items)
        {
            builder.Add(item.Evaluate(root, variables));
        }

        return builder.Build();
    }

    /// <inheritdoc/>
    internal override Expression Optimize()
    {
        Expression[] optimized = [.. items.Select(item => item.Optimize())];
        var array = new ArrayExpression(optimized);
        return Array.TrueForAll(optimized, item => item is ConstantExpression)
            ? new ConstantExpression(array.Evaluate(RawDocument.Empty, Variables.Empty))
            : array;
    }
}
