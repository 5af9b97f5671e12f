using System.Text;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>docs/features.md: every requirement with its behaviour and the tests that show it.</summary>
public sealed class FeaturesDocumentTests
{
    private const string Data = "docs/features.tsv";

    [Fact]
    public void Features_are_listed_as_the_tests_show_them()
    {
        var index = new RequirementIndex();
        var text = new StringBuilder(
            "# Features\n\nWritten by `./test docs` from [features.tsv](features.tsv) and the tests; every run of the tests checks it. "
                + "A feature without a test is not claimed.\n"
        );
        var rows = Rows().ToArray();
        var shown = rows.Count(row => index.TestsOf(row.Id).Count > 0);
        text.Append($"\n{shown} of {rows.Length} have tests that show them.\n");
        foreach (var group in rows.GroupBy(row => row.Group))
        {
            text.Append($"\n## {group.Key}\n\n| id | behaviour | tests |\n| --- | --- | --- |\n");
            foreach (var (_, id, behaviour) in group)
            {
                var tests = string.Join(", ", index.TestsOf(id).Select(name => $"`{name}`"));
                text.Append($"| {id} | {behaviour} | {(tests.Length > 0 ? tests : "none yet")} |\n");
            }
        }

        GeneratedDocument.CheckOrWrite("docs/features.md", text.ToString());
    }

    [Fact]
    public void Tests_name_only_requirements_and_rules_that_exist()
    {
        var known = Rows().Select(row => row.Id).Concat(SyncRulesDocumentTests.RuleIds).ToHashSet();
        new RequirementIndex().Ids.Where(id => !known.Contains(id)).ShouldBeEmpty();
    }

    private static IEnumerable<(string Group, string Id, string Behaviour)> Rows()
    {
        var group = "";
        foreach (var line in Repository.ReadLines(Data))
        {
            var columns = line.Split('\t');
            if (columns is ["#", var title])
            {
                group = title;
            }
            else if (columns is [var id, var behaviour])
            {
                yield return (group, id, behaviour);
            }
            else
            {
                throw new ShouldAssertException($"{Data}: two columns expected in: {line}");
            }
        }
    }
}
