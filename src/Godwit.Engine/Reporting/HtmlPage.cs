using System.Net;
using System.Text;

namespace Godwit.Engine.Reporting;

/// <summary>A self-contained page: nothing is loaded, text is escaped, and it reads on paper, in the dark and on a narrow screen.</summary>
internal sealed class HtmlPage
{
    private const string Style = """
        :root{color-scheme:light dark;--text:#1d2733;--soft:#5b6876;--line:#dfe5ea;--card:#f5f7f9;--paper:#fff;
        --good:#2e7d4f;--good-bg:#eef7f1;--open:#a9761a;--open-bg:#fbf5e8;--bad:#b3372f;--bad-bg:#fbeeed}
        @media screen and (prefers-color-scheme:dark){:root{--text:#dde4ea;--soft:#98a5b2;--line:#33404c;--card:#1f2933;--paper:#161d24;
        --good:#5fbf87;--good-bg:#16291f;--open:#dba94a;--open-bg:#2b2415;--bad:#e57f78;--bad-bg:#2f1b1b}}
        *{box-sizing:border-box}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--paper);max-width:68rem;margin:2.5rem auto;padding:0 1.5rem;overflow-wrap:anywhere}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .6rem;break-after:avoid}p{margin:.5rem 0}.soft{color:var(--soft)}
        .outcome{border-left:6px solid var(--good);background:var(--good-bg);padding:.9rem 1.1rem;margin:1.4rem 0;break-inside:avoid}
        .outcome strong{font-size:1.35rem;color:var(--good)}
        .outcome.open{border-color:var(--open);background:var(--open-bg)}.outcome.open strong{color:var(--open)}
        .outcome.bad{border-color:var(--bad);background:var(--bad-bg)}.outcome.bad strong{color:var(--bad)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.7rem}
        .tiles div{background:var(--card);padding:.7rem .9rem;break-inside:avoid}
        .tiles strong{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}.tiles span{color:var(--soft);font-size:.88rem}
        dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.25rem 1.5rem;margin:0}dt{color:var(--soft)}dd{margin:0}
        table{border-collapse:collapse;width:100%;font-size:.9rem}
        th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
        th{color:var(--soft);font-weight:600}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.s{white-space:nowrap}
        tr{break-inside:avoid}thead{display:table-header-group}tfoot td{font-weight:600}
        code{font:.86em ui-monospace,monospace}
        @media (max-width:44rem){table{display:block;overflow-x:auto}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
        @media print{body{margin:0;max-width:none;font-size:12px;padding:0}.outcome,.tiles div{print-color-adjust:exact}}
        """;

    private readonly StringBuilder text = new();

    internal HtmlPage(string title) =>
        text.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>")
            .Append(Escape(title))
            .Append("</title><style>")
            .Append(Style)
            .Append("</style></head><body>\n");

    /// <summary>Makes data harmless: every text of a report passes through here.</summary>
    internal static string Escape(string data) => WebUtility.HtmlEncode(data);

    /// <summary>Adds an element with a text.</summary>
    internal void Add(string element, string content, string style = "") =>
        text.Append(Open(element, style)).Append(Escape(content)).Append("</").Append(element).Append(">\n");

    /// <summary>Adds what stands out: a few words, and a sentence on them.</summary>
    internal void AddOutcome(string tone, string words, string sentence) =>
        text.Append(Open("div", $"outcome {tone}"))
            .Append("<strong>")
            .Append(Escape(words))
            .Append("</strong><p>")
            .Append(Escape(sentence))
            .Append("</p></div>\n");

    /// <summary>Adds figures to see at a glance.</summary>
    internal void AddTiles(IEnumerable<(string Name, string Value)> tiles)
    {
        _ = text.Append("<div class=\"tiles\">");
        foreach (var (name, value) in tiles)
        {
            _ = text.Append("<div><strong>")
                .Append(Escape(value))
                .Append("</strong><span>")
                .Append(Escape(name))
                .Append("</span></div>");
        }

        _ = text.Append("</div>\n");
    }

    /// <summary>Adds names with their values.</summary>
    internal void AddFacts(IEnumerable<(string Name, string Value)> facts)
    {
        _ = text.Append("<dl>");
        foreach (var (name, value) in facts)
        {
            _ = text.Append("<dt>").Append(Escape(name)).Append("</dt><dd>").Append(Escape(value)).Append("</dd>");
        }

        _ = text.Append("</dl>\n");
    }

    /// <summary>Adds a table; the last row may be one of totals.</summary>
    internal void AddTable(
        IReadOnlyList<(string Name, Column Kind)> columns,
        IEnumerable<string[]> rows,
        string[]? totals = null
    )
    {
        _ = text.Append("<table><thead>");
        AddRow("th", columns, [.. columns.Select(column => column.Name)]);
        _ = text.Append("</thead><tbody>\n");
        foreach (var row in rows)
        {
            AddRow("td", columns, row);
        }

        _ = text.Append("</tbody>");
        if (totals is not null)
        {
            _ = text.Append("<tfoot>");
            AddRow("td", columns, totals);
            _ = text.Append("</tfoot>");
        }

        _ = text.Append("</table>\n");
    }

    /// <summary>Adds a list.</summary>
    internal void AddList(IEnumerable<string> items)
    {
        _ = text.Append("<ul>");
        foreach (var item in items)
        {
            Add("li", item);
        }

        _ = text.Append("</ul>\n");
    }

    public override string ToString() => $"{text}</body></html>\n";

    private void AddRow(string element, IReadOnlyList<(string Name, Column Kind)> columns, string[] cells)
    {
        _ = text.Append("<tr>");
        for (var i = 0; i < cells.Length; i++)
        {
            var kind = columns[i].Kind;
            var cell = Escape(cells[i]);
            _ = text.Append(
                    Open(
                        element,
                        kind == Column.Figure ? "n"
                            : kind == Column.Word ? "s"
                            : ""
                    )
                )
                .Append(kind == Column.Code && element == "td" ? $"<code>{cell}</code>" : cell)
                .Append("</")
                .Append(element)
                .Append('>');
        }

        _ = text.Append("</tr>\n");
    }

    private static string Open(string element, string style) =>
        style.Length == 0 ? $"<{element}>" : $"<{element} class=\"{style.Trim()}\">";

    /// <summary>How a column of a table is set.</summary>
    internal enum Column
    {
        /// <summary>Text that may be broken anywhere.</summary>
        Text,

        /// <summary>A word or a time: kept on one line.</summary>
        Word,

        /// <summary>A number.</summary>
        Figure,

        /// <summary>A key or a hash.</summary>
        Code,
    }
}
