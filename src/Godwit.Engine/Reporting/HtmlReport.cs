using System.Globalization;
using System.Net;
using System.Text;

namespace Godwit.Engine.Reporting;

/// <summary>Writes a report as one self-contained page: nothing is loaded, it prints well, and it can be attached to a mail.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;color:#1d2733;max-width:64rem;margin:2.5rem auto;padding:0 1.5rem}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .6rem}
        .sub{color:#5b6876;margin:.2rem 0 1.6rem}
        .verdict{border-left:6px solid #2e7d4f;background:#eef7f1;padding:.9rem 1.1rem;font-size:1.15rem}
        .verdict.bad{border-color:#b3372f;background:#fbeeed}.verdict.open{border-color:#a9761a;background:#fbf5e8}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:0}dt{color:#5b6876}dd{margin:0}
        table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #dfe5ea}
        th{color:#5b6876;font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
        code{font:.86em ui-monospace,monospace;word-break:break-all}
        @media print{body{margin:0;max-width:none}}
        """;

    internal static string Write(MigrationReport report)
    {
        var page = new StringBuilder();
        _ = page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width\"><title>Godwit migration ")
            .Append(Text(report.MigrationId))
            .Append("</title><style>")
            .Append(Style)
            .Append("</style></head><body>\n");
        WriteHead(page, report);
        WriteFacts(page, report);
        WriteCollections(page, report);
        WriteDifferences(page, report);
        WriteRemarks(page, report);
        return page.Append("</body></html>\n").ToString();
    }

    private static void WriteHead(StringBuilder page, MigrationReport report)
    {
        var tone = report.Verdict.Text switch
        {
            "not proven" => " open",
            "different" => " bad",
            _ => "",
        };
        var reason = report.Verdict.Reason.Length == 0 ? "" : $": {Text(report.Verdict.Reason)}";
        _ = page.Append("<h1>Migration report</h1><p class=\"sub\">")
            .Append(Text(report.MigrationId))
            .Append(" · ")
            .Append(Text(Words(report.Outcome)))
            .Append("</p>\n<p class=\"verdict")
            .Append(tone)
            .Append("\">Source and destination: <strong>")
            .Append(Text(report.Verdict.Text))
            .Append("</strong>")
            .Append(reason)
            .Append("</p>\n");
        if (report.Failure is { } failure)
        {
            _ = page.Append("<p><strong>")
                .Append(Text(failure.Code))
                .Append("</strong>: ")
                .Append(Text(failure.Message))
                .Append("<br>→ ")
                .Append(Text(failure.Remedy))
                .Append("</p>\n");
        }
    }

    private static void WriteFacts(StringBuilder page, MigrationReport report)
    {
        var totals = report.Totals;
        (string Name, string Value)[] facts =
        [
            ("Source", Cluster(report.Source)),
            ("Destination", Cluster(report.Destination)),
            ("Started", Time(report.StartedAt)),
            ("Finished", Time(report.FinishedAt)),
            ("Duration", Duration(report.FinishedAt - report.StartedAt)),
            ("Downtime", report.Downtime is { } downtime ? Duration(downtime) : "no cutover"),
            ("Source write-blocked at cutover", report.WasSourceBlocked ? "yes" : "no"),
            ("Taken up again", Times(report.Resumptions)),
            ("Collections and views", Number(totals.Collections)),
            (
                "Documents copied",
                $"{Number(totals.DocumentsCopied)} ({Number(totals.BytesCopied)} bytes in {Duration(totals.CopyDuration)})"
            ),
            (
                "Changes applied",
                $"{Number(totals.ChangesApplied)}, of them {Number(totals.DefinitionsApplied)} of collections and indexes"
            ),
            ("Documents read again", Number(totals.DocumentsReread)),
            ("Documents compared", Number(totals.DocumentsCompared)),
            ("Compared at cluster times", report.ComparedAt),
        ];
        _ = page.Append("<h2>Facts</h2><dl>");
        foreach (var (name, value) in facts)
        {
            _ = page.Append("<dt>").Append(Text(name)).Append("</dt><dd>").Append(Text(value)).Append("</dd>");
        }

        _ = page.Append("</dl>\n");
    }

    private static void WriteCollections(StringBuilder page, MigrationReport report) =>
        WriteTable(
            page,
            "Collections",
            ["Name", "Kind", "#Documents", "#Bytes", "#Indexes", "Hash", "Result"],
            report.Collections.Select(c =>
                (string[])
                    [
                        c.Name,
                        c.Kind,
                        Number(c.Documents),
                        Number(c.Bytes),
                        Number(c.Indexes),
                        c.Hash,
                        c.IsIdentical ? "identical" : "not identical",
                    ]
            )
        );

    private static void WriteDifferences(StringBuilder page, MigrationReport report)
    {
        if (report.Differences.Count == 0)
        {
            _ = page.Append("<h2>Differences</h2><p>None were found.</p>\n");
            return;
        }

        WriteTable(
            page,
            "Differences",
            ["Collection", "_id", "What", "Source hash", "Destination hash", "Found", "Healed"],
            report.Differences.Select(d =>
                (string[])
                    [
                        d.Collection,
                        d.Key,
                        d.What,
                        d.SourceHash,
                        d.DestinationHash,
                        Time(d.FoundAt),
                        d.IsHealed ? "yes" : "no",
                    ]
            )
        );
    }

    private static void WriteRemarks(StringBuilder page, MigrationReport report)
    {
        if (report.Remarks.Count > 0)
        {
            _ = page.Append("<h2>Remarks</h2><ul>");
            foreach (var remark in report.Remarks)
            {
                _ = page.Append("<li>").Append(Text(remark)).Append("</li>");
            }

            _ = page.Append("</ul>\n");
        }
    }

    /// <summary>Writes a table; headings that begin with # are for figures.</summary>
    private static void WriteTable(StringBuilder page, string title, string[] headings, IEnumerable<string[]> rows)
    {
        _ = page.Append("<h2>").Append(Text(title)).Append("</h2><table><thead><tr>");
        foreach (var heading in headings)
        {
            _ = page.Append(IsFigure(heading) ? "<th class=\"n\">" : "<th>")
                .Append(Text(heading.TrimStart('#')))
                .Append("</th>");
        }

        _ = page.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            _ = page.Append("<tr>");
            for (var column = 0; column < row.Length; column++)
            {
                var isCode = headings[column] is "_id" || headings[column].EndsWith("ash", StringComparison.Ordinal);
                _ = page.Append(IsFigure(headings[column]) ? "<td class=\"n\">" : "<td>")
                    .Append(isCode ? "<code>" : "")
                    .Append(Text(row[column]))
                    .Append(isCode ? "</code>" : "")
                    .Append("</td>");
            }

            _ = page.Append("</tr>\n");
        }

        _ = page.Append("</tbody></table>\n");
    }

    private static bool IsFigure(string heading) => heading[0] == '#';

    private static string Words(MigrationOutcome outcome) =>
        outcome switch
        {
            MigrationOutcome.Committed => "cut over",
            MigrationOutcome.Paused => "paused",
            MigrationOutcome.Failed => "failed",
        };

    private static string Cluster(ReportedCluster cluster) =>
        $"{cluster.Address} (MongoDB {cluster.Version}, {cluster.Identity})";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Times(int count) => count == 1 ? "once" : $"{Number(count)} times";

    private static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan span) =>
        span.TotalSeconds < 10
            ? FormattableString.Invariant($"{span.TotalMilliseconds:F0} ms")
            : span.ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture).TrimStart('0', '.');
}
