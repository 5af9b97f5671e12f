using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$replaceOne</c> and <c>$replaceAll</c> of plain text.</summary>
internal static class ReplaceOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$replaceOne", Parse);
        table.Add("$replaceAll", Parse);
    }

    private static RuntimeOperatorExpression Parse(string name, RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(name, argument, context, (51751, 51750), "input", "find", "replacement");
        Expression[] arguments =
        [
            named.Required("input", 51749),
            named.Required("find", 51748),
            named.Required("replacement", 51747),
        ];
        return new((values, _) => Replace(name, values), arguments, context);
    }

    private static RawValue Replace(string name, RawValue[] values)
    {
        Check(name, "input", values[0], 51746);
        Check(name, "find", values[1], 51745);
        Check(name, "replacement", values[2], 51744);
        if (Array.Exists(values, value => value.IsNullish))
        {
            return RawValue.Null;
        }

        var (text, find, replacement) = (values[0].AsString, values[1].AsString, values[2].AsString);
        if (name == "$replaceAll")
        {
            return find.Length > 0
                ? text.Replace(find, replacement, StringComparison.Ordinal)
                : replacement + string.Concat(text.EnumerateRunes().Select(rune => rune + replacement));
        }

        var place = text.IndexOf(find, StringComparison.Ordinal);
        return place < 0 ? text : text[..place] + replacement + text[(place + find.Length)..];
    }

    private static void Check(string name, string what, RawValue value, int code)
    {
        if (!value.IsNullish && value.Type != BsonType.String)
        {
            throw new CommandException(code, $"{name} requires that '{what}' be a string, found: {value}");
        }
    }
}
