using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation;

/// <summary>
/// An aggregation expression, parsed once and evaluated for each document. Immutable, so one may be evaluated on several
/// threads. An absent result is <see cref="BsonType.Missing"/>.
/// </summary>
internal abstract class Expression
{
    /// <summary>Parses what may stand where MongoDB takes an expression: an operator, an object, an array, a path or a constant.</summary>
    internal static Expression Parse(RawValue value, ExpressionContext context) =>
        Expressions.ExpressionParser.Parse(value, context);

    /// <summary>The value for one document.</summary>
    internal abstract RawValue Evaluate(RawDocument root, Variables variables);

    /// <summary>
    /// The same expression with constant parts evaluated; MongoDB reports their errors when it plans, even if no document
    /// comes. Parsing alone never evaluates.
    /// </summary>
    internal virtual Expression Optimize() => this;

    /// <summary>Optimizes and marks errors the way MongoDB does.</summary>
    internal Expression OptimizeForPipeline()
    {
        try
        {
            return Optimize();
        }
        catch (CommandException refusal)
        {
            throw refusal.With("Failed to optimize pipeline");
        }
    }

    /// <summary>Evaluates to truth as <c>$cond</c> and <c>$expr</c> see it.</summary>
    internal bool IsTrue(RawDocument root, Variables variables) => Evaluate(root, variables).IsTruthy();
}
