using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>The arguments of an operator that takes an object: parsed in order, refused where a name is unknown.</summary>
internal sealed class NamedArguments
{
    private readonly string operatorName;
    private readonly RawDocument specification;
    private readonly ExpressionContext context;

    private NamedArguments(string operatorName, RawDocument specification, ExpressionContext context)
    {
        this.operatorName = operatorName;
        this.specification = specification;
        this.context = context;
    }

    /// <summary>Checks that the argument is an object with known names only.</summary>
    internal static NamedArguments Read(
        string operatorName,
        RawValue argument,
        ExpressionContext context,
        (int NotAnObject, int UnknownName) codes,
        params ReadOnlySpan<string> names
    )
    {
        if (argument.Type != BsonType.Document)
        {
            throw new CommandException(
                codes.NotAnObject,
                $"{operatorName} only supports an object as an argument, found {BsonTypeNames.NameOf(argument.Type)}"
            );
        }

        foreach (var element in argument.AsDocument)
        {
            if (!names.Contains(element.Name))
            {
                throw new CommandException(
                    codes.UnknownName,
                    $"{operatorName} found an unknown argument: {element.Name}"
                );
            }
        }

        return new(operatorName, argument.AsDocument, context);
    }

    /// <summary>The value beside a name as it stands.</summary>
    internal RawValue Raw(string name) => specification[name];

    /// <summary>An argument that must be there.</summary>
    internal Expression Required(string name, int code) =>
        Optional(name) ?? throw new CommandException(code, $"Missing '{name}' parameter to {operatorName}");

    /// <summary>An argument that may be left out.</summary>
    internal Expression? Optional(string name) =>
        specification.TryGet(name, out var value) ? Expression.Parse(value, context) : null;

    /// <summary>An argument that counts as absent where it is left out.</summary>
    internal Expression OrAbsent(string name) => Optional(name) ?? ConstantExpression.Absent;
}
