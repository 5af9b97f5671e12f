using System.Globalization;
using static Godwit.Engine.Reporting.HtmlPage;

namespace Godwit.Engine.Reporting;

/// <summary>Writes a report as one page that can be attached to a mail, printed, and handed to an auditor.</summary>
internal static class HtmlReport
{
    private const string None = "–";

    internal static string Write(MigrationReport report)
    {
        var page = new HtmlPage($"Godwit migration {report.MigrationId}");
        WriteHead(page, report);
        WriteClusters(page, report);
        WriteComparison(page, report);
        WriteCourse(page, report);
        WriteCollections(page, report);
        WriteDifferences(page, report);
        WriteRemarks(page, report);
        WriteEnvironment(page, report);
        return page.ToString();
    }

    private static void WriteHead(HtmlPage page, MigrationReport report)
    {
        page.Add("h1", "Migration report");
        page.Add("p", $"Migration {report.MigrationId} · written {Time(report.FinishedAt)}", "soft");
        var isDone = report.Outcome == MigrationOutcome.Committed;
        var tone =
            report.Outcome == MigrationOutcome.Failed || report.Verdict.Text == "different" ? "bad"
            : report.Verdict.IsProven && isDone ? ""
            : "open";
        page.AddOutcome(tone, $"{Words(report)}: source and destination are {report.Verdict.Text}", Why(report));
        if (report.Failure is { Remedy.Length: > 0 } failure)
        {
            page.Add("p", $"→ {failure.Remedy}");
        }

        var healed = report.Differences.Count(difference => difference.IsHealed);
        page.AddTiles([
            ("collections and views", Number(report.Totals.Collections)),
            ("documents", Number(report.Collections.Sum(one => one.Documents))),
            ("bytes", Number(report.Collections.Sum(one => one.Bytes))),
            ("differences found, healed", $"{Number(report.Differences.Count)}, {Number(healed)}"),
            (
                report.WasRehearsal ? "downtime a cutover would have taken" : "downtime",
                report.Downtime is { } downtime ? Duration(downtime) : "no cutover"
            ),
            ("duration", Duration(report.FinishedAt - report.StartedAt)),
        ]);
    }

    private static string Why(MigrationReport report) =>
        report.Failure is { } failure ? $"{failure.Code}: {failure.Message}"
        : report.Verdict.Reason.Length > 0 ? $"Equality is not claimed: {report.Verdict.Reason}."
        : report.WasRehearsal
            ? "All documents, options and indexes were compared at one moment of the source, where the destination was left; no difference was found. Applications stayed on the source."
        : "All documents, options and indexes were compared up to the final time of the cutover, and no difference is left.";

    private static void WriteClusters(HtmlPage page, MigrationReport report)
    {
        page.Add("h2", "Deployments");
        page.AddTable(
            [("", Column.Word), ("Address", Column.Text), ("Replica set", Column.Code), ("MongoDB", Column.Word)],
            [Row("Source", report.Source), Row("Destination", report.Destination)]
        );

        static string[] Row(string name, ReportedCluster cluster) =>
            [name, cluster.Address, cluster.Identity, cluster.Version];
    }

    private static void WriteComparison(HtmlPage page, MigrationReport report)
    {
        var times = report.ComparedAt.Split(" / ");
        page.Add("h2", "What was compared");
        page.AddFacts([
            ("Source read at", ClusterTimeOf(times[0])),
            ("Destination read at", ClusterTimeOf(times[^1])),
            ("Documents compared", $"{Number(report.Totals.DocumentsCompared)}, repeated comparisons included"),
        ]);
        page.Add(
            "p",
            "Both sides were read as they stood at these cluster times. A collection's hash is the sum of the hashes of its documents, "
                + "which cover every byte, the order of fields included; the order of documents does not matter. Where the source no longer "
                + "remembered these times when the hash was to be taken, there is none, and the counts are those of an earlier comparison.",
            "soft"
        );
    }

    private static void WriteCourse(HtmlPage page, MigrationReport report)
    {
        var totals = report.Totals;
        page.Add("h2", "Course");
        page.AddFacts([
            ("Started", Time(report.StartedAt)),
            (report.Outcome == MigrationOutcome.Committed ? "Finished" : "Stopped", Time(report.FinishedAt)),
            ("Taken up again", Times(report.Resumptions)),
            ("Source write-blocked at cutover", report.WasSourceBlocked ? "yes" : "no"),
            (
                "Copied in the last run",
                $"{Number(totals.DocumentsCopied)} documents, {Number(totals.BytesCopied)} bytes in {Duration(totals.CopyDuration)}"
            ),
            (
                "Changes applied",
                $"{Number(totals.ChangesApplied)}, of them {Number(totals.DefinitionsApplied)} of collections and indexes"
            ),
            ("Documents read again", Number(totals.DocumentsReread)),
        ]);
    }

    private static void WriteCollections(HtmlPage page, MigrationReport report)
    {
        page.Add("h2", "Collections");
        page.AddTable(
            [
                ("Name", Column.Text),
                ("Documents", Column.Figure),
                ("Bytes", Column.Figure),
                ("Indexes", Column.Figure),
                ("Hash", Column.Code),
                ("Result", Column.Word),
            ],
            report.Collections.Select(Row),
            [
                "Total",
                Number(report.Collections.Sum(one => one.Documents)),
                Number(report.Collections.Sum(one => one.Bytes)),
                Number(report.Collections.Sum(one => one.Indexes)),
                "",
                "",
            ]
        );

        static string[] Row(ReportedCollection one)
        {
            var result = one.IsIdentical ? "identical" : "not proven";
            return one.Kind == "view"
                ? [$"{one.Name} (view)", None, None, None, None, result]
                : [one.Name, Number(one.Documents), Number(one.Bytes), Number(one.Indexes), one.Hash, result];
        }
    }

    private static void WriteDifferences(HtmlPage page, MigrationReport report)
    {
        page.Add("h2", "Differences");
        if (report.Differences.Count == 0)
        {
            page.Add("p", "None were found.");
            return;
        }

        page.AddTable(
            [
                ("Collection", Column.Text),
                ("_id", Column.Code),
                ("What", Column.Text),
                ("Source hash", Column.Code),
                ("Destination hash", Column.Code),
                ("Found", Column.Text),
                ("Healed", Column.Word),
            ],
            report.Differences.Select(one =>
                (string[])
                    [
                        one.Collection,
                        one.Key,
                        one.What,
                        one.SourceHash,
                        one.DestinationHash,
                        Time(one.FoundAt),
                        one.IsHealed ? "yes" : "no",
                    ]
            )
        );
    }

    private static void WriteRemarks(HtmlPage page, MigrationReport report)
    {
        if (report.Remarks.Count > 0)
        {
            page.Add("h2", "Remarks");
            page.AddList(report.Remarks);
        }
    }

    private static void WriteEnvironment(HtmlPage page, MigrationReport report)
    {
        page.Add("h2", "Environment");
        page.AddFacts([
            ("Godwit", report.Environment.Program),
            ("Runtime", report.Environment.Runtime),
            ("System", report.Environment.System),
            ("Processors", Number(report.Environment.Processors)),
        ]);
    }

    private static string Words(MigrationReport report) =>
        report.Outcome switch
        {
            MigrationOutcome.Committed => report.WasRehearsal ? "Rehearsed" : "Cut over",
            MigrationOutcome.Paused => "Paused",
            MigrationOutcome.Failed => "Stopped",
        };

    /// <summary>A cluster time, <c>seconds:increment</c>, with the wall time it stands for.</summary>
    private static string ClusterTimeOf(string time) =>
        long.TryParse(time.Split(':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds > 0
            ? $"{Time(DateTimeOffset.FromUnixTimeSeconds(seconds))} (cluster time {time})"
            : None;

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Times(int count) => count == 1 ? "once" : $"{Number(count)} times";

    private static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan span) =>
        span.TotalSeconds < 10 ? FormattableString.Invariant($"{span.TotalMilliseconds:F0} ms")
        : span.TotalDays < 1 ? span.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture)
        : span.ToString(@"d' days 'hh\:mm\:ss", CultureInfo.InvariantCulture);
}
