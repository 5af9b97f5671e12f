using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$convert</c> and its short forms <c>$toInt</c>, <c>$toString</c>, ….</summary>
internal static class ConvertOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$convert", (_, argument, context) => Parse(argument, context));
        Short(table, "$toString", BsonType.String, "auto");
        Short(table, "$toObjectId", BsonType.ObjectId);
        Short(table, "$toDate", BsonType.DateTime);
        Short(table, "$toDouble", BsonType.Double);
        Short(table, "$toInt", BsonType.Int32);
        Short(table, "$toLong", BsonType.Int64);
        Short(table, "$toDecimal", BsonType.Decimal128);
        Short(table, "$toBool", BsonType.Boolean);
        Short(table, "$toUUID", BsonType.Binary, "uuid", 4);
    }

    private static void Short(
        OperatorTable table,
        string name,
        BsonType type,
        string? format = null,
        byte subtype = 0
    ) =>
        table.Add(
            name,
            (_, argument, context) =>
            {
                var arguments = ExpressionParser.ParseArguments(argument, context);
                return arguments.Length == 1
                    ? new OperatorExpression(
                        (values, _) =>
                            values[0].IsNullish
                                ? RawValue.Null
                                : Conversion.Convert(values[0], new(type, subtype, format)),
                        arguments,
                        context
                    )
                    : throw new CommandException(50723, $"{name} requires a single argument, got {arguments.Length}");
            }
        );

    private static ConvertExpression Parse(RawValue argument, ExpressionContext context)
    {
        const int Failed = (int)ErrorCode.FailedToParse;
        var named = NamedArguments.Read(
            "$convert",
            argument,
            context,
            (Failed, Failed),
            "input",
            "to",
            "format",
            "onError",
            "onNull"
        );
        return new(
            named.Required("input", Failed),
            named.Required("to", Failed),
            named.Optional("format"),
            named.Optional("onError"),
            named.Optional("onNull")
        );
    }

    /// <summary>The two fallbacks are evaluated only where they are needed.</summary>
    private sealed class ConvertExpression(
        Expression input,
        Expression to,
        Expression? format,
        Expression? onError,
        Expression? onNull
    ) : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            var toValue = to.Evaluate(root, variables);
            var value = input.Evaluate(root, variables);
            var formatValue = format?.Evaluate(root, variables) ?? default;
            var goal = toValue.IsNullish ? null : ConversionGoal.Parse(toValue);
            if (value.IsNullish)
            {
                return onNull?.Evaluate(root, variables) ?? RawValue.Null;
            }

            if (goal is null)
            {
                return RawValue.Null;
            }

            goal = goal with { Format = ConversionGoal.ParseFormat(formatValue) };
            try
            {
                return Conversion.Convert(value, goal);
            }
            catch (CommandException failure) when (onError is not null && failure.Code == ErrorCode.ConversionFailure)
            {
                return onError.Evaluate(root, variables);
            }
        }

        /// <inheritdoc/>
        internal override Expression Optimize()
        {
            Expression?[] parts =
            [
                input.Optimize(),
                to.Optimize(),
                format?.Optimize(),
                onError?.Optimize(),
                onNull?.Optimize(),
            ];
            var result = new ConvertExpression(parts[0]!, parts[1]!, parts[2], parts[3], parts[4]);
            return Array.TrueForAll(parts, part => part is null or ConstantExpression)
                ? new ConstantExpression(result.Evaluate(RawDocument.Empty, Variables.Empty))
                : result;
        }
    }
}
