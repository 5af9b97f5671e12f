using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>docs/limitations.md says something of every limitation of mongosync, and the tests that it names exist.</summary>
public sealed partial class LimitationsDocumentTests
{
    private const string Document = "docs/limitations.md";
    private const int Limitations = 53;
    private static readonly string[] Verdicts = ["lifted", "partly", "stands", "nobody", "void"];

    [Fact]
    public void Every_limitation_has_a_row_in_order_with_a_verdict_and_a_reason()
    {
        var rows = Rows().Matches(Repository.Read(Document));
        rows.Select(row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture))
            .ShouldBe(Enumerable.Range(1, Limitations));
        foreach (Match row in rows)
        {
            Verdicts.ShouldContain(row.Groups[2].Value, row.Value);
            row.Groups[3].Value.Trim().Length.ShouldBeGreaterThan(10, row.Value);
            (row.Groups[2].Value != "lifted" || NamedTests.AreIn(row.Value)).ShouldBeTrue(
                $"no test shows: {row.Value}"
            );
        }
    }

    [Fact]
    public void Every_test_that_is_named_exists() => NamedTests.MissingOf(Repository.Read(Document)).ShouldBeEmpty();

    [GeneratedRegex(@"^\| L(\d+) \| [^|]+ \| (\w+) \| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
