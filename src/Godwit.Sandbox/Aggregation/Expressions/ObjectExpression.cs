using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>A field of an object literal.</summary>
internal readonly record struct ObjectField(string Name, Expression Value);

/// <summary>An object literal whose values are expressions; absent ones are left out.</summary>
internal sealed class ObjectExpression(IReadOnlyList<ObjectField> fields) : Expression
{
    internal IReadOnlyList<ObjectField> Fields => fields;

    /// <inheritdoc/>
    internal override RawValue Evaluate(RawDocument root, Variables variables)
    {
        var builder = new DocumentBuilder();
        foreach (var (name, value) in fields)
        {
            builder.Add(name, value.Evaluate(root, variables));
        }

        return builder;
    }

    /// <inheritdoc/>
    internal override Expression Optimize()
    {
        ObjectField[] optimized = [.. fields.Select(field => field with { Value = field.Value.Optimize() })];
        var literal = new ObjectExpression(optimized);
        return Array.TrueForAll(optimized, field => field.Value is ConstantExpression)
            ? new ConstantExpression(literal.Evaluate(RawDocument.Empty, Variables.Empty))
            : literal;
    }
}
