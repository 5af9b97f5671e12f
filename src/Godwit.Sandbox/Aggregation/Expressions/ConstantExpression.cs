using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>A value that does not depend on the document.</summary>
internal sealed class ConstantExpression(RawValue value) : Expression
{
    /// <summary>Stands for an optional argument that was not given.</summary>
    internal static readonly ConstantExpression Absent = new(default);

    /// <summary>The value.</summary>
    internal RawValue Value => value;

    /// <inheritdoc/>
    internal override RawValue Evaluate(RawDocument root, Variables variables) => value;
}
