using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>Pages that say line by line which test shows what was asked for (docs/*-tests.md) name tests that exist, and give every line a verdict.</summary>
public sealed partial class TestTablesTests
{
    private const int RowsMin = 30;

    /// <summary>What may be said of a line, and whether a test has to be named for it.</summary>
    private static readonly Dictionary<string, bool> Verdicts = new(StringComparer.Ordinal)
    {
        ["shown"] = true,
        ["partly"] = true,
        ["measured"] = false,
        ["refused"] = false,
        ["open"] = false,
    };

    public static TheoryData<string> Documents => [.. Repository.Files("docs/", "-tests.md")];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_row_has_a_verdict_and_what_is_shown_has_a_test(string document)
    {
        var rows = Rows().Matches(Repository.Read(document)).Where(row => row.Groups[1].Value != "verdict").ToList();
        rows.Count.ShouldBeGreaterThan(RowsMin);
        foreach (var row in rows)
        {
            Verdicts.ShouldContainKey(row.Groups[1].Value, row.Value);
            (!Verdicts[row.Groups[1].Value] || NamedTests.AreIn(row.Value)).ShouldBeTrue(row.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_test_that_is_named_exists(string document) =>
        NamedTests.MissingOf(Repository.Read(document)).ShouldBeEmpty();

    [GeneratedRegex(@"^\| [^|]+ \| (\w+) \| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
