namespace Godwit.Sandbox.Planning;

/// <summary>The text every string must begin with to match a regular expression.</summary>
internal static class RegexPrefix
{
    /// <summary>The prefix; empty where nothing is known.</summary>
    internal static string Of(string pattern, string options)
    {
        if (!pattern.StartsWith('^') || options.Length > 0 || pattern.Contains('|', StringComparison.Ordinal))
        {
            return "";
        }

        var length = 1;
        while (length < pattern.Length && IsLiteral(pattern[length]))
        {
            length++;
        }

        // A quantifier behind the last letter may make it optional.
        if (length < pattern.Length && pattern[length] is '*' or '?' or '{')
        {
            length--;
        }

        return length > 1 ? pattern[1..length] : "";
    }

    private static bool IsLiteral(char letter) =>
        char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '_' or '-' or '/' or ':' or ',' or '@';
}
