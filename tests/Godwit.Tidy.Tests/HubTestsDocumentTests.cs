using System.Globalization;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>docs/hub-tests.md says of every row of the checklist of Hub and hosts where it stands; what it names is looked at as in all such pages.</summary>
public sealed partial class HubTestsDocumentTests
{
    private const int Checklist = 128;

    [Fact]
    public void Every_row_of_the_checklist_is_in_it_once()
    {
        var named = new List<int>();
        foreach (Match row in ChecklistRows().Matches(Repository.Read("docs/hub-tests.md")))
        {
            var first = int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture);
            var last = row.Groups[2].Success ? int.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture) : first;
            named.AddRange(Enumerable.Range(first, last - first + 1));
        }

        named.ShouldBe(Enumerable.Range(1, Checklist));
    }

    [GeneratedRegex(@"^\| M-(\d{3})(?:…(\d{3}))? ", RegexOptions.Multiline)]
    private static partial Regex ChecklistRows();
}
