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

    [Theory]
    [InlineData(0, "identical")]
    [InlineData(3, "identical after healing 3")]
    public void The_verdict_counts_what_was_healed(int healed, string text) =>
        Verdict.IdenticalAfterHealing(healed).Text.ShouldBe(text);
}
