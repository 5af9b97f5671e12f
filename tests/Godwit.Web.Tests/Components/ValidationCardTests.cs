using System.Text.RegularExpressions;
using Bunit;
using Godwit.Contracts.Agents;
using Godwit.Contracts.Own;
using Godwit.Engine.Preflight;
using Godwit.Hub.Web.Parts;
using Godwit.Hub.Web.Wizard;
using Godwit.Testing;
using MudBlazor.Services;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Components;

/// <summary>Whatever a check finds, the wizard shows it with its name, state, finding and remedy, and lets it be made again.</summary>
[Requirement("B10")]
[Trait("Set", "Walk")]
public sealed partial class ValidationCardTests : BunitContext
{
    /// <summary>Where checks are made: every id that stands there is one that a person may be shown.</summary>
    private static readonly string[] Places =
    [
        "src/Godwit.Engine/Preflight",
        "src/Godwit.Agent/Validation",
        "src/Godwit.Hub/Providers/ProviderChecks.cs",
        "src/Godwit.Hub/Destinations/SelfManagedAccess.cs",
        "src/Godwit.Hub/Migrations/Overseer.cs",
    ];

    public ValidationCardTests()
    {
        Services.AddMudServices();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    public static TheoryData<string> Checks => [.. KnownIds()];

    [Theory]
    [MemberData(nameof(Checks))]
    public void A_check_that_fails_is_shown_with_its_remedy_and_can_be_made_again(string id)
    {
        var again = 0;
        var shown = Show("FAILED", [new(id, "FAILED", "What was found.", "What to do.")], () => again++);
        var row = shown.Find($"li[data-check=\"{id}\"]");
        row.QuerySelector(".name")!.TextContent.ShouldBe(Names.Check(id));
        Names.Check(id).ShouldNotBe(Words.Sentence(id), "it has no words of its own");
        row.QuerySelector("title")!.TextContent.ShouldBe("Failed");
        row.TextContent.ShouldContain("What was found.");
        row.QuerySelector(".remedy")!.TextContent.ShouldBe("What to do.");
        shown.Markup.ShouldContain("1 check failed.");
        var button = shown.Find("button");
        button.TextContent.ShouldContain("Validate again");
        button.Click();
        again.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Checks))]
    public void A_check_that_warns_is_shown_with_its_remedy_and_read_before_one_goes_on(string id)
    {
        var read = false;
        var shown = Show(
            "SUCCESS",
            [new(id, "WARNING", "What was found.", "What to do.")],
            read: value => read = value
        );
        var row = shown.Find($"li[data-check=\"{id}\"]");
        row.QuerySelector("title")!.TextContent.ShouldBe("Warning");
        row.QuerySelector(".remedy")!.TextContent.ShouldBe("What to do.");
        shown.Markup.ShouldContain("1 warning below.");
        shown.Find("#read").Change(true);
        read.ShouldBeTrue();
    }

    [Fact]
    public void All_that_can_be_wrong_at_once_is_listed_what_fails_first()
    {
        var bad = new ClusterFacts
        {
            Address = "mongodb://a:27017",
            Shape = ClusterShape.Standalone,
            Version = new(6, 0, 1),
            FeatureCompatibilityVersion = "5.0",
            Identity = "one",
            IsAuthorizationEnabled = true,
            User = "mover@admin",
            Actions = new HashSet<string>(),
            ClockSkew = TimeSpan.FromMinutes(3),
            IsMajorityReachable = false,
            RunningIndexBuilds = [new("shop", "orders")],
            Namespaces = [new(new("shop", "orders"), "collection", 1, 1, 1_000_000, IsCapped: true)],
            FreeDiskBytes = 0,
            OplogWindow = TimeSpan.FromSeconds(1),
            Migrations = [new("m1", "three", "RUNNING", false)],
        };
        var found = PreflightChecks.Run(bad with { Version = new(7, 0, 1) }, bad, new() { BlockSourceWrites = true });
        var states = new[] { "PASSED", "WARNING", "FAILED" };
        var shown = Show(
            "FAILED",
            [.. found.Select(one => new ReportedCheck(one.Id, states[(int)one.State], one.Message, one.Remedy))]
        );

        found.Count(one => one.State == FindingState.Failed).ShouldBeGreaterThan(10);
        shown.FindAll("li[data-check]").Count.ShouldBe(found.Count);
        shown
            .FindAll("ul[aria-label=Checks] title")
            .Select(one => one.TextContent)
            .ShouldBe([
                .. found
                    .Where(one => one.State != FindingState.Passed)
                    .Select(one => $"{one.State}")
                    .Order(StringComparer.Ordinal),
            ]);
        shown.FindAll(".remedy").ShouldAllBe(one => one.TextContent.Length > 0);
        shown.FindAll("details li").Count.ShouldBe(found.Count(one => one.State == FindingState.Passed));
    }

    [Fact]
    public void What_is_known_already_is_shown_while_the_rest_is_looked_at()
    {
        var shown = Show("PENDING", [new("reachable-source", "PASSED", "The source answers.", "")]);
        shown.Find("details").HasAttribute("open").ShouldBeTrue();
        shown.Markup.ShouldContain("The source answers.");
        shown.Markup.ShouldContain("Looking at the other cluster…");
        shown.Find("button").TextContent.ShouldContain("Validating…");
        shown.Find("button").HasAttribute("disabled").ShouldBeTrue();
    }

    [Fact]
    public void What_was_found_for_another_request_is_no_pass()
    {
        var shown = Show("SUCCESS", [new("version-pair", "PASSED", "Fine.", "")], isCurrent: false);
        shown.Markup.ShouldContain("You changed something since");
        shown.Markup.ShouldNotContain("All checks passed.");
    }

    [Fact]
    public void A_request_that_the_Hub_refuses_says_why()
    {
        var shown = Render<ValidationCard>(parameters =>
            parameters.Add(one => one.CanValidate, true).Add(one => one.Refusal, "No such host.")
        );
        shown.Find("[role=alert]").TextContent.ShouldContain("No such host.");
    }

    private IRenderedComponent<ValidationCard> Show(
        string status,
        IReadOnlyList<ReportedCheck> checks,
        Action? validate = null,
        Action<bool>? read = null,
        bool isCurrent = true
    ) =>
        Render<ValidationCard>(parameters =>
            parameters
                .AddCascadingValue(
                    new ValidationResource
                    {
                        Id = Stories.Id,
                        Status = status,
                        Checks = checks,
                        MigrationHost = "vm001",
                        SourceCluster = "shop",
                        DestinationCluster = "shop-cloud",
                        Created = Stories.Start,
                    }
                )
                .Add(one => one.IsCurrent, isCurrent)
                .Add(one => one.CanValidate, true)
                .Add(one => one.OnValidate, () => validate?.Invoke())
                .Add(one => one.IsReadChanged, value => read?.Invoke(value))
        );

    private static SortedSet<string> KnownIds()
    {
        var root = SharedData.RepositoryRoot();
        var text = string.Concat(
            Places
                .Select(place => Path.Combine(root, place))
                .SelectMany(place => File.Exists(place) ? [place] : Directory.GetFiles(place, "*.cs"))
                .Select(File.ReadAllText)
        );
        var ids = Ids()
            .Matches(text)
            .Select(match => match.Groups["id"].Value)
            .SelectMany(id => id.EndsWith('-') ? new[] { $"{id}source", $"{id}destination" } : [id]);
        var known = new SortedSet<string>(ids, StringComparer.Ordinal);
        // Were the pattern to miss how ids are written, this would show.
        known.Count.ShouldBeGreaterThan(35);
        return known;
    }

    [GeneratedRegex(
        """(?:\bid = |\bId = |\bExistingData = |\bFinding\.\w+\(\s*|\b[fF]ail\w*\(\s*|\bnew\(\s*)\$?"(?<id>[a-z]+(?:[A-Z][a-z]+|-(?!\{)[a-z]+)*-?)(?:\{side\})?"(?=[,;])"""
    )]
    private static partial Regex Ids();
}
