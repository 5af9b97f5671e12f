using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Reporting;

/// <summary>A report can be handed on: the JSON says all there is, the page shows it without loading or trusting anything.</summary>
[Requirement("H16")]
public sealed class ReportTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly MigrationReport Report = new()
    {
        MigrationId = "m-1",
        Outcome = MigrationOutcome.Committed,
        Verdict = Verdict.IdenticalAfterHealing(1),
        Source = new("mongodb://a:1", "id-a", "7.0.14"),
        Destination = new("mongodb://b:1", "id-b", "8.0.10"),
        StartedAt = Start,
        FinishedAt = Start.AddMinutes(3),
        Downtime = TimeSpan.FromMilliseconds(420),
        Totals = new(1, 10, 1000, TimeSpan.FromSeconds(1), 5, 1, 2, 20, 1),
        Collections = [new("shop.orders", "collection", 10, 1000, "00ff", 2, true)],
        Differences = [new("shop.orders", "{\"$oid\":\"<b>\"}", "different", "aa", "bb", Start, true)],
        Remarks = ["a late write & its name"],
    };

    [Fact]
    public void The_json_reads_back_as_it_was_written()
    {
        var json = JsonReport.Write(Report);

        JsonReport.Write(JsonReport.Read(json)).ShouldBe(json);
        json.ShouldContain("\"downtime\": 420");
        json.ShouldContain("\"outcome\": \"committed\"");
    }

    [Fact]
    public void The_page_names_verdict_downtime_and_every_difference_and_escapes_data()
    {
        var page = HtmlReport.Write(Report);

        page.ShouldContain("identical after healing 1");
        page.ShouldContain("420 ms");
        page.ShouldContain("shop.orders");
        page.ShouldContain("&lt;b&gt;");
        page.ShouldContain("a late write &amp; its name");
        page.ShouldNotContain("<b>");
        page.ShouldNotContain("http");
    }

    [Fact]
    public void The_page_says_at_which_times_both_sides_were_compared_and_with_what()
    {
        var page = HtmlReport.Write(
            Report with
            {
                ComparedAt = "1767323045:7 / 1767323046:1",
                Environment = new("0.1.0+abc", ".NET 10", "Linux", 2),
            }
        );

        page.ShouldContain("2026-01-02 03:04:05 UTC (cluster time 1767323045:7)");
        page.ShouldContain("2026-01-02 03:04:06 UTC (cluster time 1767323046:1)");
        page.ShouldContain("0.1.0+abc");
    }

    [Fact]
    public void A_migration_that_is_not_finished_claims_nothing()
    {
        var page = HtmlReport.Write(
            Report with
            {
                Outcome = MigrationOutcome.Paused,
                Verdict = Verdict.NotProven("the migration is paused"),
                Downtime = null,
                Collections = [new("shop.orders", "collection", 0, 0, "00", 2, false)],
            }
        );

        page.ShouldContain("Equality is not claimed: the migration is paused");
        page.ShouldContain("no cutover");
        page.ShouldNotContain("identical</td>");
    }

    [Fact]
    public void A_report_from_before_the_environment_was_noted_still_reads()
    {
        var json = JsonReport.Write(Report);
        var start = json.IndexOf("\"environment\"", StringComparison.Ordinal);
        var end = json.IndexOf("\"totals\"", StringComparison.Ordinal);

        JsonReport.Read(json.Remove(start, end - start)).Environment.Program.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0, "identical")]
    [InlineData(3, "identical after healing 3")]
    public void The_verdict_counts_what_was_healed(int healed, string text) =>
        Verdict.IdenticalAfterHealing(healed).Text.ShouldBe(text);
}
