using Godwit.Cli.Output;
using Godwit.Engine.Reporting;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Output;

/// <summary>A report is two files, and one that cannot be written does not hide how the migration ended.</summary>
public sealed class ReportFilesTests
{
    private static readonly MigrationReport Report = new()
    {
        MigrationId = "m-1",
        Outcome = MigrationOutcome.Paused,
        Verdict = Verdict.NotProven("the migration is paused"),
        Source = new("a", "a", "8.0"),
        Destination = new("b", "b", "8.0"),
        StartedAt = DateTimeOffset.UnixEpoch,
        FinishedAt = DateTimeOffset.UnixEpoch,
        Totals = new(0, 0, 0, TimeSpan.Zero, 0, 0, 0, 0, 0),
    };

    [Theory]
    [InlineData("out/report.json", "out/report.json", "out/report.html")]
    [InlineData("report", "report", "report.html")]
    [InlineData("report.html", "report.json", "report.html")]
    public void The_page_is_beside_the_json_whatever_the_file_is_called(string file, string json, string page)
    {
        var files = new ReportFiles(file);

        files.Json.ShouldBe(json);
        files.Page.ShouldBe(page);
    }

    [Fact]
    public async Task Both_are_written_and_named()
    {
        var folder = Directory.CreateTempSubdirectory("godwit-test-");
        try
        {
            var files = new ReportFiles(Path.Combine(folder.FullName, "report.json"));

            (await files.WriteAsync(Report)).ShouldBe($"Report: {files.Json} and {files.Page}");

            File.ReadAllText(files.Json).ShouldContain("\"outcome\": \"paused\"");
            File.ReadAllText(files.Page).ShouldContain("Paused: source and destination are not proven");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_said_to_be_missing()
    {
        var said = await new ReportFiles("/nonexistent/report.json").WriteAsync(Report);

        said.ShouldStartWith("The report could not be written: ");
        said.ShouldContain("/nonexistent/report.json");
    }
}
