using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>docs/errors.md has every name a failure has in code, and none that no failure has.</summary>
public sealed partial class ErrorsDocumentTests
{
    private const string Document = "docs/errors.md";
    private static readonly string[] Folders = ["src/Godwit.Engine/", "src/Godwit.Sync/"];

    [Fact]
    public void Every_failure_of_the_engine_and_the_service_is_documented_and_nothing_else()
    {
        var inCode = Sources().SelectMany(text => Names().Matches(text)).Select(NameOf).ToHashSet();
        inCode.UnionWith(
            FindingNames().Matches(Repository.Read("src/Godwit.Sync/Running/StartChecks.cs")).Select(NameOf)
        );
        inCode.Count.ShouldBeGreaterThan(20);
        Rows()
            .Matches(Section("## A migration stops", "## Findings"))
            .Select(NameOf)
            .ToHashSet()
            .ShouldBe(inCode, ignoreOrder: true);
    }

    [Fact]
    public void Every_finding_of_preflight_is_documented_and_nothing_else()
    {
        var inCode = Repository
            .Files("src/Godwit.Engine/Preflight/", ".cs")
            .Select(Repository.Read)
            .SelectMany(text => Findings().Matches(text))
            .Select(match => match.Groups[1].Value)
            .ToHashSet();
        inCode.Count.ShouldBeGreaterThan(15);
        Quoted()
            .Matches(Section("## Findings", null))
            .Select(match => match.Groups[1].Value)
            .Where(name => !name.Contains(' '))
            .ToHashSet()
            .ShouldBe(inCode, ignoreOrder: true);
    }

    private static IEnumerable<string> Sources() =>
        Folders.SelectMany(folder => Repository.Files(folder, ".cs")).Select(Repository.Read);

    private static string NameOf(Match match) => match.Groups.Cast<Group>().Skip(1).First(group => group.Success).Value;

    private static string Section(string from, string? to)
    {
        var text = Repository.Read(Document);
        var start = text.IndexOf(from, StringComparison.Ordinal);
        return to is null ? text[start..] : text[start..text.IndexOf(to, StringComparison.Ordinal)];
    }

    /// <summary>A name, then what goes with it: a message, or a status.</summary>
    [GeneratedRegex(
        @"(?:MigrationFailedException|CutoverGivenUpException|SyncRefusal|SyncEnd)\(\s*""([A-Z]\w+)""|\bnew\(\s*""([A-Z]\w+)"",\s*(?:\d{3}|\$?""|SecretText|message|Message|fenced|refused|damaged|[a-z]\w+\.Message)"
    )]
    private static partial Regex Names();

    [GeneratedRegex(@"=> ""([A-Z]\w+)""")]
    private static partial Regex FindingNames();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"(?:[iI]d = |Finding\.\w+\(\s*)\$?""([a-z]+(?:-[a-z]+)*-?)(?:\{side\})?""")]
    private static partial Regex Findings();

    [GeneratedRegex(@"`([a-z]+(?:-[a-z]+)*-?)`")]
    private static partial Regex Quoted();
}
