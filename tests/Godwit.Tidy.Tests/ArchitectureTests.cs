using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>Documents that name files and types stay true when those move.</summary>
public sealed partial class ArchitectureTests
{
    public static TheoryData<string> Documents =>
        [.. Repository.Files("", ".md").Where(path => !path.StartsWith("tests/clients/"))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_between_documents_and_files_lead_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(document)!;
        Links()
            .Matches(Repository.Read(document))
            .Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(link => link.Length > 0 && !link.Contains("://") && !link.StartsWith("mailto:"))
            .Where(link => !Repository.Exists(Path.Combine(folder, link)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Types_and_files_named_in_the_architecture_exist()
    {
        Assert.SkipUnless(Repository.Exists("ARCHITECTURE.md"), "ARCHITECTURE.md is not written yet");
        var sources = string.Join('\n', Repository.Files("src/", ".cs").Select(Repository.Read));
        var declared = Declarations().Matches(sources).Select(match => match.Groups[1].Value).ToHashSet();
        var wrong = new List<string>();
        foreach (var name in CodeNames().Matches(Repository.Read("ARCHITECTURE.md")).Select(m => m.Groups[1].Value))
        {
            var known = name.Contains('/')
                ? Repository.Exists(name) || Repository.Files("src/").Any(path => path.Contains(name))
                : !TypeName().IsMatch(name) || declared.Contains(name);
            if (!known)
            {
                wrong.Add(name);
            }
        }

        wrong.ShouldBeEmpty();
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex("`([^`\\s]+)`")]
    private static partial Regex CodeNames();

    [GeneratedRegex("^[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]+$")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum|record struct) (\w+)")]
    private static partial Regex Declarations();
}
