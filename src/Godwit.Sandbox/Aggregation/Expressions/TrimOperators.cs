using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$trim</c>, <c>$ltrim</c> and <c>$rtrim</c>.</summary>
internal static class TrimOperators
{
    private const string Whitespace =
        "\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a";

    internal static void Register(OperatorTable table)
    {
        foreach (var name in new[] { "$trim", "$ltrim", "$rtrim" })
        {
            table.Add(name, Parse);
        }
    }

    private static OperatorExpression Parse(string name, RawValue argument, ExpressionContext context)
    {
        var named = NamedArguments.Read(name, argument, context, (50696, 50694), "input", "chars");
        var input = named.Required("input", 50695);
        Expression[] arguments = named.Optional("chars") is { } set ? [input, set] : [input];
        return new((values, _) => Trim(name, values), arguments, context);
    }

    private static RawValue Trim(string name, RawValue[] values)
    {
        if (values[0].IsNullish)
        {
            return RawValue.Null;
        }

        var text = Require(name, "its input", values[0], 50699);
        if (values.Length > 1 && values[1].IsNullish)
        {
            return RawValue.Null;
        }

        var set = (values.Length > 1 ? Require(name, "'chars'", values[1], 50700) : Whitespace)
            .EnumerateRunes()
            .ToHashSet();
        Rune[] runes = [.. text.EnumerateRunes()];
        var (start, end) = (0, runes.Length);
        while (name != "$rtrim" && start < end && set.Contains(runes[start]))
        {
            start++;
        }

        while (name != "$ltrim" && end > start && set.Contains(runes[end - 1]))
        {
            end--;
        }

        return string.Concat(runes[start..end]);
    }

    private static string Require(string name, string what, RawValue value, int code) =>
        value.Type == BsonType.String
            ? value.AsString
            : throw new CommandException(
                code,
                $"{name} requires {what} to be a string, got {value} (of type {BsonTypeNames.NameOf(value.Type)}) instead."
            );
}
