using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>The arguments of <c>$percentile</c> and <c>$median</c>, the same in expressions and groups.</summary>
internal static class PercentileArguments
{
    internal static (IReadOnlyList<double> Percentiles, Expression Input) Parse(
        string name,
        RawValue argument,
        ExpressionContext context
    )
    {
        ReadOnlySpan<string> names = name == "$median" ? ["input", "method"] : ["input", "p", "method"];
        var named = NamedArguments.Read(name, argument, context, (7429703, (int)ErrorCode.IDLUnknownField), names);
        var input = named.Required("input", (int)ErrorCode.IDLFailedToParse);
        var method = named.Raw("method");
        if (method.IsMissing)
        {
            throw new CommandException(
                ErrorCode.IDLFailedToParse,
                $"BSON field '{name}.method' is missing but a required field"
            );
        }

        if (method.Type != BsonType.String || method.AsString != "approximate")
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "Currently only 'approximate' can be used as percentile 'method'."
            );
        }

        return (
            name == "$median" ? [0.5] : ReadPercentiles(named.Required("p", (int)ErrorCode.IDLFailedToParse)),
            input
        );
    }

    private static List<double> ReadPercentiles(Expression expression)
    {
        var list = expression.Optimize() is ConstantExpression constant ? constant.Value : default;
        if (list.Type != BsonType.Array || list.AsDocument.IsEmpty)
        {
            throw new CommandException(
                7750300,
                "The $percentile 'p' field must be an array of constant values, but found value: " + list
            );
        }

        var percentiles = new List<double>();
        foreach (var item in list.AsDocument.Values())
        {
            if (!item.IsNumber)
            {
                throw new CommandException(
                    7750302,
                    "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]"
                );
            }

            percentiles.Add(
                item.ToDouble() is >= 0 and <= 1
                    ? item.ToDouble()
                    : throw new CommandException(
                        7750303,
                        "The $percentile 'p' field must be an array of numbers from [0.0, 1.0]"
                    )
            );
        }

        return percentiles;
    }
}
