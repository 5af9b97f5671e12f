using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>docs/sandbox-tests.md names recordings that are replayed, and refuses nothing that is not said to be refused.</summary>
public sealed partial class SandboxTestsDocumentTests
{
    private const string Document = "docs/sandbox-tests.md";

    [Fact]
    public void Every_recording_that_is_named_has_a_floor()
    {
        using var floors = JsonDocument.Parse(Repository.Read("tests/Godwit.Conformance.Tests/floors.json"));
        var known = floors.RootElement.EnumerateObject().Select(floor => floor.Name).ToHashSet(StringComparer.Ordinal);

        var named = Recordings().Matches(Repository.Read(Document)).Select(match => match.Value).ToList();

        named.ShouldNotBeEmpty();
        named.Where(name => !known.Contains(name)).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_refused_stands_with_its_code_where_the_Sandbox_is_described()
    {
        var described = Repository.Read("docs/sandbox.md") + Repository.Read("docs/sandbox-sharded.md");
        foreach (var row in Rows().Matches(Repository.Read(Document)).Where(row => row.Groups[1].Value == "refused"))
        {
            var codes = Codes().Matches(row.Groups[2].Value).Select(code => code.Value).ToList();
            codes.ShouldNotBeEmpty(row.Value);
            codes.Where(code => !described.Contains(code, StringComparison.Ordinal)).ShouldBeEmpty(row.Value);
        }
    }

    [GeneratedRegex(@"^\| [^|]+ \| (\w+) \| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"\bsessions(?:-\w+)?/\w+")]
    private static partial Regex Recordings();

    [GeneratedRegex(@"\b\d+(?: `\w+`)?")]
    private static partial Regex Codes();
}
