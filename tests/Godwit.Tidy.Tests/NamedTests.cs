using System.Text.RegularExpressions;

namespace Godwit.Tidy.Tests;

/// <summary>The tests that a page names, as `ClassTests` or `ClassTests.Method`.</summary>
internal static partial class NamedTests
{
    /// <summary>Whether a text names a test.</summary>
    public static bool AreIn(string text) => Names().IsMatch(text);

    /// <summary>Those that a text names and that are nowhere.</summary>
    public static IReadOnlyList<string> MissingOf(string text)
    {
        var tests = Repository
            .Files("tests/", ".cs")
            .Select(path => (Name: Path.GetFileNameWithoutExtension(path), Text: Repository.Read(path)))
            .ToLookup(file => file.Name, file => file.Text, StringComparer.Ordinal);
        return
        [
            .. Names()
                .Matches(text)
                .Where(match =>
                    !tests[match.Groups[1].Value]
                        .Any(source =>
                            match.Groups[2].Value.Length == 0
                            || source.Contains($" {match.Groups[2].Value}(", StringComparison.Ordinal)
                        )
                )
                .Select(match => match.Value),
        ];
    }

    [GeneratedRegex(@"`(\w+Tests)(?:\.(\w+))?`")]
    private static partial Regex Names();
}
