using System.Text.RegularExpressions;
using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Query.Predicates;

/// <summary><c>$regex</c>: matches strings, and regular expressions that are the very same.</summary>
internal sealed class RegexTest : IValueTest
{
    private readonly Regex regex;

    private RegexTest(string pattern, string options)
    {
        Pattern = pattern;
        Options = options;
        if (pattern.Contains('\0', StringComparison.Ordinal))
        {
            throw QueryErrors.BadValue("Regular expression cannot contain an embedded null byte");
        }

        regex = Compile(pattern, options);
    }

    internal string Pattern { get; }

    internal string Options { get; }

    public LeafArrays LeafArrays => LeafArrays.ElementsAndArray;

    internal static RegexTest Of(RawValue value)
    {
        var (pattern, options) = value.AsRegularExpression;
        return new(pattern, options);
    }

    internal static RegexTest Parse(RawDocument operators)
    {
        var (pattern, options) = ("", "");
        foreach (var element in operators)
        {
            if (element.NameIs("$regex"))
            {
                (pattern, options) = ReadPattern(element.Value, options);
            }
            else if (element.NameIs("$options"))
            {
                if (element.Type != BsonType.String)
                {
                    throw QueryErrors.BadValue("$options has to be a string");
                }

                options =
                    options.Length == 0
                        ? element.Value.AsString
                        : throw new CommandException(51075, "options set in both $regex and $options");
            }
        }

        return new(pattern, options);
    }

    public bool Matches(RawValue value, MatchTrace? trace) =>
        value.Type switch
        {
            BsonType.String or BsonType.Symbol => regex.IsMatch(value.AsString),
            BsonType.RegularExpression => value.AsRegularExpression == (Pattern, Options),
            _ => false,
        };

    /// <summary>Compiles a Perl-compatible pattern; what the two dialects differ in beyond this is refused as invalid.</summary>
    internal static Regex Compile(string pattern, string options)
    {
        var flags = RegexOptions.CultureInvariant;
        foreach (var option in options)
        {
            flags |= option switch
            {
                'i' => RegexOptions.IgnoreCase,
                'm' => RegexOptions.Multiline,
                's' => RegexOptions.Singleline,
                'x' => RegexOptions.IgnorePatternWhitespace,
                'u' => RegexOptions.None,
                _ => throw new CommandException(51108, $" invalid flag in regex options: {option}"),
            };
        }

        while (
            pattern.StartsWith("(*UTF8)", StringComparison.Ordinal)
            || pattern.StartsWith("(*UCP)", StringComparison.Ordinal)
        )
        {
            pattern = pattern[(pattern.IndexOf(')', StringComparison.Ordinal) + 1)..];
        }

        try
        {
            return new(pattern, flags, Regex.InfiniteMatchTimeout);
        }
        catch (RegexParseException error)
        {
            throw new CommandException(51091, $"Regular expression is invalid: {Describe(error.Error)}");
        }
    }

    private static (string Pattern, string Options) ReadPattern(RawValue value, string options)
    {
        if (value.Type == BsonType.String)
        {
            return (value.AsString, options);
        }

        if (value.Type != BsonType.RegularExpression)
        {
            throw QueryErrors.BadValue("$regex has to be a string");
        }

        var (pattern, own) = value.AsRegularExpression;
        if (own.Length > 0 && options.Length > 0)
        {
            throw new CommandException(51074, "options set in both $regex and $options");
        }

        return (pattern, own.Length > 0 ? own : options);
    }

    private static string Describe(RegexParseError error) =>
        error switch
        {
            RegexParseError.InsufficientClosingParentheses => "missing closing parenthesis",
            RegexParseError.InsufficientOpeningParentheses => "unmatched closing parenthesis",
            RegexParseError.UnterminatedBracket => "missing terminating ] for character class",
            RegexParseError.QuantifierAfterNothing => "quantifier does not follow a repeatable item",
            RegexParseError.UnescapedEndingBackslash => "\\ at end of pattern",
            _ => error.ToString(),
        };
}
