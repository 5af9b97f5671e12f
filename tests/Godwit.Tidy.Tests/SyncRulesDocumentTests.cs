using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>docs/sync-rules.md has every rule, says whether it is built, and names its tests.</summary>
public sealed partial class SyncRulesDocumentTests
{
    private const string Document = "docs/sync-rules.md";
    private static readonly string[] States = ["built", "partly", "later"];

    internal static IEnumerable<string> RuleIds => ["S1", "S1a", .. Enumerable.Range(2, 34).Select(n => $"S{n}")];

    [Fact]
    public void Every_rule_has_its_section_in_order() =>
        Sections().Matches(Repository.Read(Document)).Select(m => m.Groups[1].Value).ShouldBe(RuleIds);

    [Fact]
    public void Every_rule_says_whether_it_is_built()
    {
        var states = StateLines().Matches(Repository.Read(Document)).Select(m => m.Groups[1].Value).ToArray();
        states.Length.ShouldBe(RuleIds.Count());
        states.Except(States).ShouldBeEmpty();
    }

    [Fact]
    public void A_rule_that_is_said_to_be_built_is_named_by_a_test()
    {
        var index = new RequirementIndex();
        var states = StateLines().Matches(Repository.Read(Document)).Select(m => m.Groups[1].Value);
        RuleIds
            .Zip(states)
            .Where(rule => rule.Second == "built" && index.TestsOf(rule.First).Count == 0)
            .Select(rule => $"{rule.First} is said to be built, and no test names it")
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_tests_of_each_rule_are_listed_as_they_are()
    {
        var index = new RequirementIndex();
        var id = "";
        var lines = Repository.Read(Document).Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Sections().Match(lines[i]) is { Success: true } section)
            {
                id = section.Groups[1].Value;
            }
            else if (lines[i].StartsWith("*Tests:*"))
            {
                var names = string.Join(", ", index.TestsOf(id).Select(name => $"`{name}`"));
                lines[i] = $"*Tests:* {(names.Length > 0 ? names : "none yet")}";
            }
        }

        GeneratedDocument.CheckOrWrite(Document, string.Join('\n', lines));
    }

    [GeneratedRegex(@"^### (S\d+a?) ", RegexOptions.Multiline)]
    private static partial Regex Sections();

    [GeneratedRegex(@"^\*State:\* (\w+)", RegexOptions.Multiline)]
    private static partial Regex StateLines();
}
