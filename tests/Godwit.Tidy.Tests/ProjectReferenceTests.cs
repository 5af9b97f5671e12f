using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace Godwit.Tidy.Tests;

/// <summary>The arrows between projects point one way; a new one is added here on purpose or not at all.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["Godwit.Bson"] = [],
        ["Godwit.Wire"] = ["Godwit.Bson"],
        ["Godwit.Engine"] = ["Godwit.Bson"],
        ["Godwit.Engine.Mongo"] = ["Godwit.Engine", "Godwit.Wire", "Godwit.Bson"],
        ["Godwit.Sandbox"] = ["Godwit.Wire", "Godwit.Bson"],
        ["Godwit.Contracts"] = [],
        ["Godwit.Agent"] = ["Godwit.Cluster", "Godwit.Contracts", "Godwit.Engine.Mongo"],
        ["Godwit.Hub"] = ["Godwit.Contracts", "Godwit.Engine.Mongo"],
        ["Godwit.Sync"] = ["Godwit.Engine.Mongo"],
        ["Godwit.Hub.Web"] = ["Godwit.Hub"],
        ["Godwit.Cluster"] = ["Godwit.Engine"],
        ["Godwit.Cli"] =
        [
            "Godwit.Agent",
            "Godwit.Cluster",
            "Godwit.Sync",
            "Godwit.Hub",
            "Godwit.Hub.Web",
            "Godwit.Contracts",
            "Godwit.Engine.Mongo",
            "Godwit.Engine",
            "Godwit.Sandbox",
            "Godwit.Wire",
            "Godwit.Bson",
        ],
    };

    [Fact]
    public void Every_product_project_refers_only_to_projects_below_it()
    {
        var wrong = new List<string>();
        foreach (var (project, references) in References("src/", "ProjectReference"))
        {
            var allowed = Arrows.GetValueOrDefault(project);
            wrong.AddRange(references.Where(r => allowed?.Contains(r) != true).Select(r => $"{project} → {r}"));
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_adapters_of_the_engine_see_the_driver()
    {
        References("src/", "PackageReference")
            .Where(p => p.References.Contains("MongoDB.Driver"))
            .Select(p => p.Project)
            .ShouldBe(["Godwit.Engine.Mongo"]);
    }

    [Fact]
    public void Product_code_refers_to_no_test_project()
    {
        References("src/", "ProjectReference").SelectMany(p => p.References).ShouldNotContain("Godwit.Testing");
    }

    [Fact]
    public void Every_project_stands_in_the_solution()
    {
        var solution = Repository.Read("Godwit.slnx");
        Repository.Files("", ".csproj").Where(path => !solution.Contains(path)).ShouldBeEmpty();
    }

    private static IEnumerable<(string Project, string[] References)> References(string folder, string kind) =>
        from path in Repository.Files(folder, ".csproj")
        let items = XDocument.Parse(Repository.Read(path)).Descendants(kind).Attributes("Include")
        select (
            Path.GetFileNameWithoutExtension(path),
            items
                .Select(i => i.Value.EndsWith(".csproj") ? Path.GetFileNameWithoutExtension(i.Value) : i.Value)
                .ToArray()
        );
}
