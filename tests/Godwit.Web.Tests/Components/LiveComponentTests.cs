using Bunit;
using Godwit.Contracts.Agents;
using Godwit.Hub.Web.Desk;
using Godwit.Hub.Web.Live;
using Godwit.Hub.Web.Parts;
using Godwit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MudBlazor.Services;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Components;

/// <summary>What is hard to reach by clicking: many collections, every phase, figures that are missing.</summary>
[Trait("Set", "Walk")]
public sealed class LiveComponentTests : BunitContext
{
    private readonly FakeTimeProvider time = new(Stories.Start);

    public LiveComponentTests()
    {
        Services.AddMudServices();
        Services.AddSingleton<TimeProvider>(time);
        Services.AddScoped<Browser>();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    [Theory]
    [Requirement("D06")]
    [InlineData("EXPIRED", "Nothing failed, and nothing is rolled back", "Restart the migration")]
    [InlineData("FAILED", "It stopped for a reason that needs a person.", "Restart the migration")]
    [InlineData("CANCELLED", "Syncing stopped because somebody asked for it.", "Migrate again")]
    public void What_has_ended_is_named_for_what_it_is_and_offers_what_can_be_done(
        string status,
        string text,
        string action
    )
    {
        var story = new Story(Stories.Migration(null, status), []);
        Render<Stopped>(parameters => parameters.AddCascadingValue(story).Add(one => one.CanAct, true))
            .Markup.ShouldSatisfyAllConditions(
                markup => markup.ShouldContain(text),
                markup => markup.ShouldContain(action)
            );
        Render<Stopped>(parameters => parameters.AddCascadingValue(story)).Markup.ShouldNotContain(action);
    }

    [Fact]
    [Requirement("D01")]
    public void Each_shard_of_either_side_is_listed_and_one_that_does_not_answer_says_why()
    {
        var progress = Stories.Progress("COPYING") with
        {
            Shards =
            [
                new("SOURCE", "rs0", 1500, 3_000_000, 4, 3, 7200, null),
                new("SOURCE", "rs1", 10, 20, null, null, null, "rs1 (host:1): connection refused"),
                new("DESTINATION", "shard-a", 700, 1_400_000, 2, null, null, null),
            ],
        };
        var rows = Render<Shards>(parameters =>
                parameters.AddCascadingValue(new Story(Stories.Migration(progress), []))
            )
            .FindAll("tbody tr");
        rows.Count.ShouldBe(3);
        rows[0]
            .TextContent.ShouldSatisfyAllConditions(
                text => text.ShouldContain("shop (source)"),
                text => text.ShouldContain("Answers"),
                text => text.ShouldContain("2\u00a0h")
            );
        rows[1].TextContent.ShouldContain("connection refused");
        rows[2].TextContent.ShouldContain("shop-cloud (destination)");
        Render<Shards>(parameters => parameters.AddCascadingValue(Stories.Of(Stories.Progress("COPYING"))))
            .Markup.Trim()
            .ShouldBeEmpty();
    }

    [Fact]
    [Requirement("D03")]
    public void Balancers_that_stand_still_are_named_while_it_runs_and_one_that_nobody_starts_again_is_said_with_how()
    {
        const string stuck =
            "The source's balancer was stopped for the migration and could not be started again (no reply). Start it in mongosh: sh.startBalancer()";
        const string moving =
            "The destination's balancer could not be stopped (not authorized): chunks may move during the migration, which costs time but harms nothing.";
        var both = Stories.Progress("COPYING") with
        {
            Shards =
            [
                new("SOURCE", "rs0", 1, 1, 1, 1, 1, null),
                new("DESTINATION", "shard-a", 1, 1, 1, 1, 1, null),
                new("DESTINATION", "shard-b", 1, 1, 1, 1, 1, null),
            ],
        };

        Shown(both).ShouldContain("Both balancers stand still.");
        Shown(both with { Warnings = [moving] }).ShouldContain("That of shop is started again");
        Shown(Stories.Progress("COPYING")).ShouldBeEmpty();
        Shown(both, "COMPLETE").ShouldBeEmpty();
        foreach (var status in new[] { "RUNNING", "COMPLETE", "FAILED", "CANCELLED", "EXPIRED" })
        {
            Shown(both with { Warnings = [stuck, stuck] }, status)
                .ShouldSatisfyAllConditions(
                    text => text.ShouldContain("A balancer has to be started by hand."),
                    text => text.ShouldContain("The source's balancer"),
                    text => text.Split("sh.startBalancer()").Length.ShouldBe(2),
                    text => text.ShouldNotContain("stand still")
                );
        }

        string Shown(ReportedProgress progress, string status = "RUNNING")
        {
            var migration = Stories.Migration(progress, status) with
            {
                Ended = status == "RUNNING" ? null : Stories.Start,
            };
            var notice = Render<BalancerNotice>(parameters => parameters.AddCascadingValue(new Story(migration, [])));
            return string.Concat(notice.FindAll("[role]").Select(one => one.TextContent));
        }
    }

    [Fact]
    [Requirement("H08")]
    public void Each_host_that_works_on_it_is_listed_and_one_that_cannot_says_why()
    {
        var progress = Stories.Progress("COPYING") with
        {
            Hosts =
            [
                new("vm001", true, null, 1500, null, 1, null),
                new("vm002", false, 4, 700, 20, 2, null, 7_000_000, 3, 1000, 500_000),
                new("vm003", false, 0, 0, 0, 1, "connection refused"),
            ],
        };
        var later = progress with
        {
            Hosts =
            [
                progress.Hosts[0],
                progress.Hosts[1] with
                {
                    BytesCopied = 11_000_000,
                    ChangesWritten = 1400,
                    ChangeBytesWritten = 700_000,
                },
                progress.Hosts[2],
            ],
        };
        var story = Story
            .Begin(Stories.Migration(progress), Stories.Start)
            .Go(Stories.Migration(later), Stories.Start.AddSeconds(2));
        var rows = Render<Workers>(parameters => parameters.AddCascadingValue(story)).FindAll("tbody tr");
        rows.Count.ShouldBe(3);
        rows[0].TextContent.ShouldContain("Leads");
        rows[1].TextContent.ShouldContain("Helps");
        rows[1].TextContent.ShouldContain("2 times");
        rows[1].TextContent.ShouldContain($"{Words.Bytes(11_000_000)}");
        rows[1].TextContent.ShouldContain($"{Words.Bytes(2_000_000)}/s");
        rows[1].Children.Select(cell => cell.TextContent).ShouldContain("3");
        rows[1].TextContent.ShouldContain($"{Words.Number(1400)}");
        rows[1].TextContent.ShouldContain($"{Words.Rate(200)}, {Words.Bytes(100_000)}/s");
        rows[2].TextContent.ShouldContain("connection refused");
        Render<Workers>(parameters => parameters.AddCascadingValue(Stories.Of(Stories.Progress("COPYING"))))
            .Markup.Trim()
            .ShouldBeEmpty();
    }

    [Theory]
    [Requirement("E05")]
    [Requirement("E09")]
    [InlineData("verify", "RUNNING", "{}", "Both sides are being compared.")]
    [InlineData(
        "verify",
        "DONE",
        """{"identical":true,"collections":2,"documents":1500}""",
        "Both sides are identical."
    )]
    [InlineData(
        "verify",
        "DONE",
        """{"identical":false,"collections":2,"documents":5,"differencesFound":1,"differences":[{"collection":"shop.a","key":"7","what":"only on the destination"}]}""",
        "only on the destination"
    )]
    [InlineData("unblockSource", "DONE", null, "The source lets writes in again.")]
    public void What_was_asked_for_after_the_end_is_said(string action, string status, string? result, string said)
    {
        var migration = Stories.Migration(Stories.Progress("DONE"), "COMPLETE") with
        {
            FollowUp = new()
            {
                Action = action,
                Status = status,
                Requested = Stories.Start,
                Result =
                    status == "DONE" && result is not null
                        ? System.Text.Json.Nodes.JsonNode.Parse(result)!.AsObject()
                        : null,
            },
        };
        Render<FollowUpNotice>(parameters => parameters.AddCascadingValue(new Story(migration, [])))
            .Markup.ShouldContain(said);
    }

    [Fact]
    [Requirement("E01")]
    public void No_cutover_is_offered_while_the_host_is_away()
    {
        var migration = Stories.Migration(Stories.Progress("IN_SYNC")) with { HostAwaySince = Stories.Start };
        var shown = Render<Cutting>(parameters =>
            parameters.AddCascadingValue(new Story(migration, [])).Add(one => one.CanAct, true)
        );
        shown.Markup.ShouldContain("The migration host is away");
        shown.FindAll("#cutover").ShouldBeEmpty();
        shown.FindAll("button").ShouldAllBe(button => button.HasAttribute("disabled"));
    }

    [Fact]
    [Requirement("D06")]
    public void The_timer_counts_down_and_whoever_watches_cannot_act()
    {
        var migration = Stories.Migration(Stories.Progress("IN_SYNC")) with
        {
            ReadyForCutover = true,
            Deadline = Stories.Start + TimeSpan.FromHours(120),
            Extensions = 2,
        };
        time.SetUtcNow(Stories.Start + TimeSpan.FromSeconds(90));
        var shown = Render<Cutting>(parameters => parameters.AddCascadingValue(new Story(migration, [])));
        shown.Find("[role=timer]").TextContent.ShouldStartWith("119:58:30");
        shown.Find("[role=timer]").TextContent.ShouldContain("extended 2 times");
        shown.FindAll("button").ShouldAllBe(button => button.HasAttribute("disabled"));
    }

    [Fact]
    [Requirement("D01")]
    public void An_index_build_is_shown_while_it_runs()
    {
        var progress = Stories.Progress("APPLYING") with
        {
            IndexesBuilt = 3,
            IndexBuilds = [new("shop.orders", ["customer_1", "day_1"], 90)],
        };
        var shown = Render<Figures>(parameters => parameters.AddCascadingValue(Stories.Of(progress)));
        shown.Markup.ShouldContain("3 indexes built");
        shown.Find("[role=status]").TextContent.ShouldContain("Building 2 indexes on shop.orders");
        shown.Find("[role=status]").TextContent.ShouldContain("customer_1, day_1");
    }

    [Fact]
    [Requirement("D09")]
    public void A_rehearsal_offers_its_end_and_no_cutover()
    {
        var asked = false;
        var migration = Stories.Migration(Stories.Progress("IN_SYNC")) with
        {
            ReadyForCutover = true,
            Deadline = Stories.Start + TimeSpan.FromHours(120),
            Options = new() { Rehearsal = true },
        };
        var shown = Render<Cutting>(parameters =>
            parameters
                .AddCascadingValue(new Story(migration, []))
                .Add(one => one.CanAct, true)
                .Add(one => one.OnEndRehearsal, () => asked = true)
        );
        shown.Markup.ShouldNotContain("cutover</");
        shown.Find("#end-rehearsal").Click();
        asked.ShouldBeTrue();
    }

    [Fact]
    [Requirement("D06")]
    public void Outside_of_its_cutover_windows_it_says_when_the_next_one_is_and_offers_nothing()
    {
        var migration = Stories.Migration(Stories.Progress("IN_SYNC")) with
        {
            ReadyForCutover = true,
            Options = new() { CutoverWindows = ["02:00-04:00"] },
        };
        var outside = RenderCutting(migration);
        outside.Find("#cutover").HasAttribute("disabled").ShouldBeTrue();
        outside.Markup.ShouldContain("02:00-04:00 (UTC)");
        time.SetUtcNow(Stories.Start + TimeSpan.FromHours(19));
        var within = RenderCutting(migration);
        within.Find("#cutover").HasAttribute("disabled").ShouldBeFalse();
        within.Markup.ShouldNotContain("(UTC)");
    }

    [Fact]
    [Requirement("D07")]
    public void A_copy_that_stands_still_outside_of_the_hosts_hours_is_no_migration_that_waits_for_its_turn()
    {
        var waiting = Stories.Migration(Stories.Progress("COPYING"), "WAITING") with
        {
            Failure = new("MIGRATION_HOST_OUTSIDE_HOURS", "It copies at 22:00-06:00 only.", "godwit agent limit"),
        };
        RenderCutting(waiting)
            .Markup.ShouldSatisfyAllConditions(
                markup => markup.ShouldContain("Paused until the hours of the host begin"),
                markup => markup.ShouldContain("It copies at 22:00-06:00 only.")
            );
    }

    private IRenderedComponent<Cutting> RenderCutting(Contracts.Own.MigrationResource migration) =>
        Render<Cutting>(parameters =>
            parameters.AddCascadingValue(new Story(migration, [])).Add(one => one.CanAct, true)
        );

    [Fact]
    public void A_migration_that_waits_for_a_person_says_for_what()
    {
        var waiting = Stories.Migration(null, "WAITING") with
        {
            Failure = new("SOME_CODE", "Somebody has to agree.", "godwit agent approve"),
        };
        var shown = Render<Cutting>(parameters => parameters.AddCascadingValue(new Story(waiting, [])));
        shown.Markup.ShouldContain("Somebody has to agree.");
        shown.Markup.ShouldContain("godwit agent approve");
    }

    [Fact]
    [Requirement("D01")]
    public void Ten_thousand_collections_are_searched_and_a_few_are_drawn()
    {
        var collections = Enumerable
            .Range(0, 10_000)
            .Select(i => new ReportedCollection($"shop.c{i:00000}", 10, i % 2 == 0 ? 10 : 0, 100, 0, i % 2 == 0, false))
            .ToList();
        var story = Stories.Of(Stories.Progress("COPYING", collections: collections));
        var shown = Render<Namespaces>(parameters => parameters.AddCascadingValue(story));
        shown.Find("h2").TextContent.ShouldContain("10\u202f000");
        shown.FindAll("tbody tr.ns-row").Count.ShouldBeLessThan(200);
        shown.Find("#search").Input("c0999");
        shown.Find("h2").TextContent.ShouldContain("10 of");
        shown.Find("#which").Change("open");
        shown.Find("h2").TextContent.ShouldContain("5 of");
        shown.Find("#search").Input("nothing like this");
        shown.Markup.ShouldContain("No collection matches.");
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("PREPARING", 0)]
    [InlineData("COPYING", 1)]
    [InlineData("APPLYING", 2)]
    [InlineData("IN_SYNC", 3)]
    [InlineData("FINALISING", 4)]
    public void The_walk_through_shows_what_is_done_and_what_is_now(string? phase, int done)
    {
        var shown = Render<PhaseWalk>(parameters => parameters.Add(one => one.Phase, phase));
        shown.FindAll("li.done").Count.ShouldBe(done);
        shown.FindAll("[aria-current=step]").Count.ShouldBe(1);
    }

    [Fact]
    public void A_chart_without_figures_says_so()
    {
        var shown = Render<Chart>(parameters =>
            parameters
                .Add(one => one.Title, "Lag")
                .Add(one => one.Values, [null, null])
                .Add(one => one.Ages, [1d, 0d])
                .Add(one => one.Format, value => $"{value}")
        );
        shown.Find("svg").GetAttribute("aria-label").ShouldBe("Lag: nothing yet");
        shown.FindAll("polyline").ShouldBeEmpty();
    }

    [Fact]
    public void A_chart_is_read_out_by_its_newest_and_largest_value_and_has_gaps()
    {
        var shown = Render<Chart>(parameters =>
            parameters
                .Add(one => one.Title, "Lag")
                .Add(one => one.Values, [1, 7, null, 3])
                .Add(one => one.Ages, [3d, 2d, 1d, 0d])
                .Add(one => one.Format, value => $"{value} s")
        );
        shown.Find("svg").GetAttribute("aria-label").ShouldBe("Lag: now 3 s, at most 7 s in the last 3\u00a0s");
        shown.FindAll("polyline").Count.ShouldBe(2);
    }
}
