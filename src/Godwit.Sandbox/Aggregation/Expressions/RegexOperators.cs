using System.Text.RegularExpressions;
using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query.Predicates;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary><c>$regexMatch</c>, <c>$regexFind</c> and <c>$regexFindAll</c>.</summary>
internal static class RegexOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Add("$regexMatch", (name, argument, context) => Parse(name, argument, context, IsMatch));
        table.Add("$regexFind", (name, argument, context) => Parse(name, argument, context, Find));
        table.Add("$regexFindAll", (name, argument, context) => Parse(name, argument, context, FindAll));
    }

    private static RuntimeOperatorExpression Parse(
        string name,
        RawValue argument,
        ExpressionContext context,
        Func<string?, Regex?, RawValue> function
    )
    {
        var named = NamedArguments.Read(name, argument, context, (51103, 31024), "input", "regex", "options");
        var input = named.Required("input", 31022);
        var regex = named.Required("regex", 31023);
        return new(
            (values, _) => function(InputOf(name, values[0]), Compile(name, values[1], values[2])),
            [input, regex, named.OrAbsent("options")],
            context
        );
    }

    private static string? InputOf(string name, RawValue value) =>
        value.IsNullish ? null
        : value.Type is BsonType.String or BsonType.Symbol ? value.AsString
        : throw new CommandException(51104, $"{name} needs 'input' to be of type string");

    private static Regex? Compile(string name, RawValue pattern, RawValue options)
    {
        if (!pattern.IsNullish && pattern.Type is not (BsonType.String or BsonType.RegularExpression))
        {
            throw new CommandException(51105, $"{name} needs 'regex' to be of type string or regex");
        }

        if (!options.IsNullish && options.Type != BsonType.String)
        {
            throw new CommandException(51106, $"{name} needs 'options' to be of type string");
        }

        if (pattern.IsNullish)
        {
            return null;
        }

        var (text, flags) = pattern.Type == BsonType.String ? (pattern.AsString, "") : pattern.AsRegularExpression;
        if (flags.Length > 0 && !options.IsNullish)
        {
            throw new CommandException(
                51107,
                $"{name} found regex option(s) specified in both 'regex' and 'option' fields"
            );
        }

        flags = options.IsNullish ? flags : options.AsString;
        Check(name, text, flags);
        try
        {
            return RegexTest.Compile(text, flags);
        }
        catch (CommandException invalid)
        {
            throw new CommandException(51111, $"Invalid Regex in {name}: {invalid.Message}");
        }
    }

    private static void Check(string name, string text, string flags)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new CommandException(51109, $"{name}: regular expression cannot contain an embedded null byte");
        }

        if (flags.Contains('\0', StringComparison.Ordinal))
        {
            throw new CommandException(
                51110,
                $"{name}: regular expression options cannot contain an embedded null byte"
            );
        }

        foreach (var flag in flags)
        {
            if (flag is not ('i' or 'm' or 's' or 'x' or 'u'))
            {
                throw new CommandException(51108, $"{name} invalid flag in regex options: {flag}");
            }
        }
    }

    private static RawValue IsMatch(string? input, Regex? regex) =>
        input is not null && regex is not null && regex.IsMatch(input);

    private static RawValue Find(string? input, Regex? regex)
    {
        if (input is null || regex is null)
        {
            return RawValue.Null;
        }

        var match = regex.Match(input);
        return match.Success ? Describe(match, input) : RawValue.Null;
    }

    private static RawValue FindAll(string? input, Regex? regex) =>
        input is null || regex is null
            ? new ArrayBuilder().Build()
            : RawValue.Array(regex.Matches(input).Select(match => Describe(match, input)));

    private static RawValue Describe(Match match, string input) =>
        new DocumentBuilder
        {
            { "match", match.Value },
            { "idx", input[..match.Index].EnumerateRunes().Count() },
            {
                "captures",
                RawValue.Array(match.Groups.Values.Skip(1).Select(group => group.Success ? group.Value : RawValue.Null))
            },
        };
}
