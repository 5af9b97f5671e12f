using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Agent.Identity;
using Godwit.Agent.Inventory;
using Godwit.Agent.Migrations;
using Godwit.Contracts.Agents;

namespace Godwit.Agent.Local;

/// <summary>What the page of the host shows: three steps, of which one is next. No script, no file besides it.</summary>
internal sealed class LocalPageText(AgentFolder folder)
{
    private const string Style = """
        :root { color-scheme: light dark; --ground: #f4f6f8; --surface: #fff; --text: #17252e; --quiet: #50626d; --line: #dce3e8; --accent: #0b6478; --on: #fff; --good: #1a7446; --good-ground: #e3f3ea; --warn: #8f5a00; --warn-ground: #fdf1dc; --tint: #eef2f5; }
        @media (prefers-color-scheme: dark) { :root { --ground: #10171c; --surface: #182229; --text: #e8eef2; --quiet: #a9bac4; --line: #2c3a43; --accent: #5ec3d8; --on: #06222a; --good: #6dd09d; --good-ground: #163527; --warn: #eebd62; --warn-ground: #3a2e14; --tint: #212d35; } }
        * { box-sizing: border-box; } body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 760px; margin: 0 auto; padding: 34px 18px 60px; } h1 { font-size: 1.6rem; letter-spacing: -.018em; margin: 0 0 4px; } h2 { font-size: 1.08rem; margin: 0 0 6px; } p { margin: 0 0 10px; } .quiet { color: var(--quiet); }
        section { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; margin-top: 16px; } section.done { border-left: 4px solid var(--good); } section.next { border-left: 4px solid var(--accent); }
        label { display: grid; gap: 5px; font-weight: 600; font-size: .9rem; margin-bottom: 12px; } input { font: inherit; padding: 10px 12px; border: 1px solid #8496a1; border-radius: 8px; background: var(--surface); color: var(--text); width: 100%; }
        button { font: inherit; font-weight: 640; border: 0; border-radius: 8px; padding: 9px 18px; background: var(--accent); color: var(--on); cursor: pointer; } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .said { background: var(--good-ground); border-radius: 10px; padding: 10px 14px; margin-top: 14px; } .said.wrong { background: var(--warn-ground); } table { width: 100%; border-collapse: collapse; } th { text-align: left; font-size: .78rem; color: var(--quiet); } th, td { padding: 7px 8px 7px 0; border-bottom: 1px solid var(--line); } tr:last-child td { border: 0; }
        .chip { display: inline-block; border-radius: 99px; padding: 1px 10px; font-size: .8rem; font-weight: 600; background: var(--tint); color: var(--quiet); } .chip.good { background: var(--good-ground); color: var(--good); } .chip.warn { background: var(--warn-ground); color: var(--warn); } code, pre { font-family: ui-monospace, monospace; font-size: .86em; } pre { background: var(--tint); border-radius: 8px; padding: 10px 12px; overflow-x: auto; margin: 0; }
        """;

    /// <summary>How a content security policy names the style sheet.</summary>
    internal static string StyleSum { get; } =
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}";

    internal static string Around(string body) =>
        $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\" /><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" /><title>Godwit migration host</title><style>{Style}</style><body><main>{body}</main></body></html>";

    /// <param name="said">What came of the last press of a button.</param>
    internal string Write(string said)
    {
        var link = folder.Read<HubLink>(HubLink.File);
        var isWrong =
            said.Contains(": ", StringComparison.Ordinal) && said.Split(':')[0].All(c => char.IsUpper(c) || c == '_');
        return $"""
            <h1>Godwit migration host</h1><p class="quiet"><strong>{Of(
                link?.HostName ?? Dns.GetHostName()
            )}</strong> opens every connection itself; nothing is opened towards it.</p>
            <p role="status" class="{(
                said.Length == 0 ? ""
                : isWrong ? "said wrong"
                : "said"
            )}">{Of(said)}</p>
            {Connect(link)}{Agree(link)}{Clusters(link)}{Migrations()}{Limits()}
            """;
    }

    private static string Connect(HubLink? link) =>
        link is null
            ? """
                <section class="next"><h2>1. Connect</h2><p class="quiet">Paste the link-token that was made on the destination's side. It works once, and says where the Hub is. <span class="chip warn">NOT_SYNCED</span></p>
                <form method="post" action="/connect"><label>Link-token <input name="token" autocomplete="off" spellcheck="false" required placeholder="gwlink1.…" /></label><button>Connect</button></form></section>
                """
            : $"""
                <section class="done"><h2>1. Connected <span class="chip good">SYNCED</span></h2><p>To <strong>{Of(
                    link.DestinationOrganizationName
                )}</strong> at <code>{Of(link.Hub.ToString())}</code>. The agent itself: <code>godwit agent run</code>, or as a service: <code>godwit agent install</code></p></section>
                """;

    private string Agree(HubLink? link)
    {
        if (link is null)
        {
            return Later("2. Agree to migrations");
        }

        return new Approvals(folder).Allows(link.DestinationOrganizationId)
            ? """<section class="done"><h2>2. Migrations are approved <span class="chip good">agreed</span></h2><p class="quiet">Migrations of the clusters below may begin without asking again.</p></section>"""
            : $"""
                <section class="next"><h2>2. Agree to migrations</h2><p class="quiet">People of <strong>{Of(
                    link.DestinationOrganizationName
                )}</strong> may then read the clusters below through this host. Until you agree, their migrations wait.</p>
                <form method="post" action="/approve"><button>Agree to migrations</button></form></section>
                """;
    }

    private string Clusters(HubLink? link)
    {
        var all = new InventoryFile(folder).Read();
        var rows = string.Concat(
            all.Select(one =>
                $"<tr><td><strong>{Of(one.Name)}</strong></td><td>{(one.IsManaged ? "for migrations, too" : "to look only: a migration asks for a user")}</td></tr>"
            )
        );
        var table =
            all.Count == 0
                ? "<p class=\"quiet\">None yet. In a terminal on this host:</p><pre>godwit agent clusters add NAME --connection-string 'mongodb://user:password@host:27017/?replicaSet=rs0'</pre>"
                : $"<table><thead><tr><th>Name</th><th>Its credentials are used</th></tr></thead><tbody>{rows}</tbody></table>";
        var refresh = link is null
            ? ""
            : "<form method=\"post\" action=\"/refresh\"><p></p><button>Refresh</button> <span class=\"quiet\">looks at all of them anew, and tells the Hub</span></form>";
        return $"<section class=\"{(link is not null && all.Count > 0 ? "done" : "")}\"><h2>3. Clusters</h2>{table}{refresh}</section>";
    }

    private string Migrations()
    {
        var all = new MigrationFile(folder).ReadAll();
        return all.Count == 0
            ? ""
            : $"<section><h2>Migrations on this host</h2><table><thead><tr><th>Id</th><th>Source</th><th>Told to</th></tr></thead><tbody>{string.Concat(all.Select(one => $"<tr><td><code>{Of(one.Order.Id)}</code></td><td>{Of(one.Order.Source.ClusterName)}</td><td>{Of(Goal(one.Order.Goal))}</td></tr>"))}</tbody></table></section>";
    }

    /// <summary>What people here have said that holds whatever the Hub asks; changed in a terminal, by whoever may run the agent.</summary>
    private string Limits()
    {
        if (!HostLimits.AreKept(folder))
        {
            return "";
        }

        var limits = HostLimits.Of(folder);
        var said = new (string What, string? Said)[]
        {
            ("Migrations at a time", $"{limits.Migrations}"),
            ("Only to", limits.Destinations is { Count: > 0 } names ? string.Join(", ", names) : null),
            ("Only to organizations", limits.Organizations is { Count: > 0 } ids ? string.Join(", ", ids) : null),
            ("CA files from", limits.AuthorityFolder),
            ("Megabytes a second", limits.MegabytesPerSecond > 0 ? $"{limits.MegabytesPerSecond}" : null),
            ("Documents a second", limits.DocumentsPerSecond > 0 ? $"{limits.DocumentsPerSecond}" : null),
            ("Copies at", limits.Hours is { Count: > 0 } hours ? string.Join(", ", hours) : null),
        };
        var rows = string.Concat(
            said.Where(one => one.Said is not null)
                .Select(one => $"<tr><td>{one.What}</td><td>{Of(one.Said!)}</td></tr>")
        );
        return $"<section><h2>Limits of this host</h2><table><tbody>{rows}</tbody></table><p class=\"quiet\">Changed by <code>godwit agent limit</code>.</p></section>";
    }

    private static string Goal(MigrationGoal goal) =>
        goal switch
        {
            MigrationGoal.Follow => "copy and follow",
            MigrationGoal.Pause => "stand at a checkpoint",
            MigrationGoal.CutOver => "cut over",
            MigrationGoal.Cancel => "give up",
            MigrationGoal.Forget => "forget it",
            MigrationGoal.Discard => "remove what it has written",
            MigrationGoal.Verify => "compare both sides",
            MigrationGoal.UnblockSource => "let writes into the source",
            MigrationGoal.TellUsers => "tell the Hub of users and roles",
        };

    private static string Later(string title) => $"<section><h2 class=\"quiet\">{title}</h2></section>";

    private static string Of(string text) => WebUtility.HtmlEncode(text);
}
