namespace Godwit.Sync.Configuration;

/// <summary>
/// A configuration file as mongosync reads it: YAML with one key a line, the names of the flags. Lists and nested values, which only
/// <c>hotDocIDs</c> has, are passed over for that key and refused for others.
/// </summary>
internal static class ConfigFile
{
    /// <summary>Key whose value is a list; nothing here needs it.</summary>
    private const string HotDocuments = "hotDocIDs";

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">A line cannot be understood; it is named.</exception>
    internal static IReadOnlyDictionary<string, string> Read(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var isPassedOver = false;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = WithoutComment(raw.TrimEnd('\r')).TrimEnd();
            if (line.Length == 0 || line is "---" or "...")
            {
                continue;
            }

            if (char.IsWhiteSpace(line[0]) || line[0] == '-')
            {
                if (!isPassedOver)
                {
                    throw Malformed(number, "nested values are not expected here");
                }

                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || (colon + 1 < line.Length && line[colon + 1] != ' '))
            {
                throw Malformed(number, "'key: value' is expected");
            }

            var key = line[..colon].Trim();
            isPassedOver = key == HotDocuments;
            var value = Unquoted(line[(colon + 1)..].Trim(), number);
            if (!values.TryAdd(key, value))
            {
                throw Malformed(number, $"the key '{key}' stands twice");
            }
        }

        return values;
    }

    /// <summary>A hash begins a comment at the start of a line or after a space, outside quotes.</summary>
    private static string WithoutComment(string line)
    {
        char? quote = null;
        for (var i = 0; i < line.Length; i++)
        {
            if (quote is null && line[i] is '"' or '\'')
            {
                quote = line[i];
            }
            else if (line[i] == quote)
            {
                quote = null;
            }
            else if (quote is null && line[i] == '#' && (i == 0 || char.IsWhiteSpace(line[i - 1])))
            {
                return line[..i];
            }
        }

        return line;
    }

    private static string Unquoted(string value, int number)
    {
        if (value.Length == 0 || value[0] is not ('"' or '\''))
        {
            return value;
        }

        if (value.Length < 2 || value[^1] != value[0])
        {
            throw Malformed(number, "the quote does not end");
        }

        var inner = value[1..^1];
        return value[0] == '\''
            ? inner.Replace("''", "'", StringComparison.Ordinal)
            : inner.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
    }

    private static FormatException Malformed(int number, string why) =>
        new(FormattableString.Invariant($"line {number}: {why}"));
}
