using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$dateToString</c> and <c>$dateFromString</c>.</summary>
internal static class DateTextOperators
{
    private const string IsoUtc = "%Y-%m-%dT%H:%M:%S.%LZ";
    private const string IsoLocal = "%Y-%m-%dT%H:%M:%S.%L";

    internal static void Register(OperatorTable table)
    {
        table.Add("$dateToString", (_, argument, context) => ParseToString(argument, context));
        table.Add("$dateFromString", (_, argument, context) => ParseFromString(argument, context));
    }

    private static OperatorExpression ParseToString(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(
            "$dateToString",
            argument,
            context,
            (18629, 18534),
            "format",
            "timezone",
            "date",
            "onNull"
        );
        var date = named.Required("date", 18628);
        var hasFormat = !named.Raw("format").IsMissing;
        var hasZone = !named.Raw("timezone").IsMissing;
        var hasFallback = !named.Raw("onNull").IsMissing;
        return new(
            (values, _) =>
            {
                var fallback = hasFallback ? values[3] : RawValue.Null;
                if (hasFormat && !values[1].IsNullish)
                {
                    DateFormat.Check(FormatOf(values[1], 18533, "$dateToString"));
                }

                if (values[0].IsNullish)
                {
                    return fallback;
                }

                var zone = hasZone ? Zone.Parse(values[2]) : Zone.Utc;
                if (zone is null || (hasFormat && values[1].IsNullish))
                {
                    return hasFormat && values[1].IsNullish ? fallback : RawValue.Null;
                }

                var format =
                    hasFormat ? values[1].AsString
                    : ReferenceEquals(zone, Zone.Utc) ? IsoUtc
                    : IsoLocal;
                return DateFormat.Write(format, DateValues.Milliseconds(values[0]), zone);
            },
            [date, named.OrAbsent("format"), named.OrAbsent("timezone"), named.OrAbsent("onNull")],
            context
        );
    }

    private static FromStringExpression ParseFromString(RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(
            "$dateFromString",
            argument,
            context,
            (40540, 40541),
            "dateString",
            "format",
            "timezone",
            "onNull",
            "onError"
        );
        return new(
            named.Required("dateString", 40542),
            named.Optional("format"),
            named.Optional("timezone"),
            named.Optional("onNull"),
            named.Optional("onError")
        );
    }

    private static string FormatOf(RawValue value, int code, string name) =>
        value.Type == BsonType.String
            ? value.AsString
            : throw new CommandException(
                code,
                $"{name} requires that 'format' be a string, found: {BsonTypeNames.NameOf(value.Type)} with value {value}"
            );

    private sealed class FromStringExpression(
        Expression text,
        Expression? format,
        Expression? zone,
        Expression? onNull,
        Expression? onError
    ) : Expression
    {
        /// <inheritdoc/>
        internal override RawValue Evaluate(RawDocument root, Variables variables)
        {
            var formatValue = format?.Evaluate(root, variables) ?? default;
            var value = text.Evaluate(root, variables);
            if (format is not null && !formatValue.IsNullish)
            {
                _ = FormatOf(formatValue, 40684, "$dateFromString");
            }

            if (value.IsNullish)
            {
                return onNull?.Evaluate(root, variables) ?? RawValue.Null;
            }

            try
            {
                if (value.Type != BsonType.String)
                {
                    throw new CommandException(
                        ErrorCode.ConversionFailure,
                        $"$dateFromString requires that 'dateString' be a string, found: {BsonTypeNames.NameOf(value.Type)} with value {value}"
                    );
                }

                var place = zone is null ? Zone.Utc : Zone.Parse(zone.Evaluate(root, variables));
                if (place is null || (format is not null && formatValue.IsNullish))
                {
                    return RawValue.Null;
                }

                return RawValue.DateTime(
                    format is null
                        ? DateParser.Parse(value.AsString, place)
                        : DateParser.Parse(value.AsString, formatValue.AsString, place)
                );
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
                text.Optimize(),
                format?.Optimize(),
                zone?.Optimize(),
                onNull?.Optimize(),
                onError?.Optimize(),
            ];
            var result = new FromStringExpression(parts[0]!, parts[1], parts[2], parts[3], parts[4]);
            return Array.TrueForAll(parts, part => part is null or ConstantExpression)
                ? new ConstantExpression(result.Evaluate(RawDocument.Empty, Variables.Empty))
                : result;
        }
    }
}
