using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>Operators that depend on chance or on what this server does not have.</summary>
internal static class MiscellaneousOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$rand", (_, argument, _) => ParseRandom(argument));
        table.Add("$meta", (_, argument, _) => ParseMeta(argument));
        table.Add("$function", (_, argument, context) => ParseFunction(argument, context));
    }

    private static RandomExpression ParseRandom(RawValue argument)
    {
        var isEmpty = argument.Type is BsonType.Document or BsonType.Array && argument.AsDocument.IsEmpty;
        if (argument.Type is not (BsonType.Document or BsonType.Array))
        {
            throw new CommandException(10065, "invalid parameter: expected an object ($rand)");
        }

        return isEmpty ? new() : throw new CommandException(3040501, "$rand does not currently accept arguments");
    }

    private static ConstantExpression ParseMeta(RawValue argument)
    {
        if (argument.Type != BsonType.String)
        {
            throw new CommandException(17307, "$meta only supports string arguments");
        }

        throw argument.AsString switch
        {
            "textScore" => new CommandException(40218, "query requires text score metadata, but it is not available"),
            "geoNearDistance" or "geoNearPoint" => new CommandException(
                40218,
                "query requires $geoNear distance metadata, but it is not available"
            ),
            _ => new CommandException(17308, "Unsupported argument to $meta: " + argument.AsString),
        };
    }

    private static RuntimeOperatorExpression ParseFunction(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read("$function", argument, context, (4660800, 31261), "body", "args", "lang");
        _ = named.Required("body", 31418);
        _ = named.Required("args", 31419);
        _ = named.Required("lang", 31420);
        return new(
            (_, _) =>
                throw new CommandException(
                    31264,
                    "Cannot run server-side javascript without the javascript engine enabled"
                ),
            [],
            context
        );
    }

    private sealed class RandomExpression : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables) => Random.Shared.NextDouble();
    }
}
