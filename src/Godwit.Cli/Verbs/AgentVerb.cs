using System.CommandLine;
using Godwit.Engine;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit agent</c>: a migration host. What it runs is loaded only when it runs.</summary>
internal static class AgentVerb
{
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Folder of the host's keys, link and clusters",
        HelpName = "DIR",
        Recursive = true,
    };

    internal static Command Create()
    {
        var command = new Command("agent", "A migration host: links it to a Hub, tells it of clusters, and runs it.")
        {
            Data,
            CreateRun(),
            CreateLink(),
            CreateUnlink(),
            CreateApprove(),
            CreateInvite(),
            CreateShare(),
            CreateStatistics(),
            AgentLimits.Create(Folder),
            CreateStatus(),
            CreateInstall(),
            CreateUpgrade(),
            CreateDescribe(),
            CreatePage(),
            CreateClusters(),
        };
        return command;
    }

    private static string Folder(ParseResult parsed) => parsed.GetValue(Data) ?? DataFolders.Of("agent");

    private static Command CreateRun()
    {
        var command = new Command("run", "Runs the agent until it is stopped.");
        command.SetAction((parsed, _) => AgentRun.RunAsync(Folder(parsed)));
        return command;
    }

    private static Command CreateLink()
    {
        var token = new Argument<string?>("TOKEN")
        {
            Description = "The link-token or host key; better read from standard input, which no other user sees",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var file = new Option<string?>("--token-file")
        {
            Description = "Read the token from FILE",
            HelpName = "FILE",
        }.ExistingFile();
        var name = new Option<string?>("--name")
        {
            Description = "Name of this host, if not the system's",
            HelpName = "NAME",
        };
        var approve = new Option<string>("--approve")
        {
            Description =
                "ask: migrations wait until 'godwit agent approve' was said here; auto: whoever has the link may migrate",
            DefaultValueFactory = _ => "ask",
            HelpName = "ask|auto",
        };
        _ = approve.AcceptOnlyFromAmong("ask", "auto");
        var command = new Command("link", "Links this host to a Hub by a link-token.") { token, file, name, approve };
        command.SetAction(
            (parsed, cancellationToken) =>
                AgentRun.LinkAsync(
                    Folder(parsed),
                    parsed.GetValue(token),
                    parsed.GetValue(file),
                    parsed.GetValue(name),
                    parsed.GetValue(approve) == "auto",
                    cancellationToken
                )
        );
        return command;
    }

    private static Command CreateApprove()
    {
        var command = new Command(
            "approve",
            "Agrees, for the source side, to migrations to the organization this host is linked to."
        );
        command.SetAction((parsed, _) => AgentRun.ApproveAsync(Folder(parsed)));
        return command;
    }

    private static Command CreateInvite()
    {
        var command = new Command("invite", "Makes a key by which one further host joins, within an hour.");
        command.SetAction((parsed, cancellationToken) => AgentRun.InviteAsync(Folder(parsed), cancellationToken));
        return command;
    }

    private static Command CreateStatistics()
    {
        var state = new Argument<string>("STATE") { Description = "on, as it is without this command, or off" };
        _ = state.AcceptOnlyFromAmong("on", "off");
        var project = new Option<string?>("--project")
        {
            Description = "The source project, if not the one this host belongs to",
            HelpName = "ID",
        };
        var command = new Command(
            "statistics",
            "Says whether hosts may ask the clusters of a project for sizes of their databases, which validation needs."
        )
        {
            state,
            project,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                AgentRun.SetStatisticsAsync(
                    Folder(parsed),
                    parsed.GetValue(project),
                    parsed.GetRequiredValue(state) == "on",
                    cancellationToken
                )
        );
        return command;
    }

    private static Command CreateStatus()
    {
        var command = new Command("status", "Says whether the link holds: SYNCED or NOT_SYNCED, with the reason.");
        command.SetAction((parsed, cancellationToken) => AgentRun.StatusAsync(Folder(parsed), cancellationToken));
        return command;
    }

    private static Command CreateShare()
    {
        var place = new Argument<string?>("ADDRESS")
        {
            Description =
                "Where the hosts find each other: redis://HOST[:PORT] or postgres://USER:PASSWORD@HOST/DATABASE; read from standard input if left out",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var address = new Option<string?>("--host-address")
        {
            Description =
                "The IP address by which the other hosts reach this one (default: its first), and the port (default: a free one)",
            HelpName = "IP[:PORT]",
        };
        var listens = new Option<string?>("--host-listen")
        {
            Description = "With --host-address: where this host listens, if what the others reach is translated",
            HelpName = "IP:PORT",
        };
        var ranges = new Option<int>("--host-ranges")
        {
            Description = "Ranges that this host works on at once for another",
            DefaultValueFactory = _ => MigrationSettings.CopiersDefault,
            HelpName = "N",
        }.AtLeast(1);
        var off = new Option<bool>("--off") { Description = "Share none any more" };
        var command = new Command(
            "share",
            "Shares migrations with the other hosts of the organization: standby hosts then help from the start. Takes effect when the agent is started."
        )
        {
            place,
            address,
            listens,
            ranges,
            off,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                parsed.GetValue(off)
                    ? AgentRun.ShareNoneAsync(Folder(parsed))
                    : AgentRun.ShareAsync(
                        Folder(parsed),
                        parsed.GetValue(place),
                        parsed.GetValue(address),
                        parsed.GetValue(listens),
                        parsed.GetRequiredValue(ranges),
                        cancellationToken
                    )
        );
        return command;
    }

    private static Command CreatePage()
    {
        var port = new Option<int>("--port")
        {
            Description = "Port on loopback",
            DefaultValueFactory = _ => 27080,
            HelpName = "PORT",
        };
        var name = new Option<string?>("--name")
        {
            Description = "Name of this host, if not the system's",
            HelpName = "NAME",
        };
        var command = new Command("page", "Serves a page on loopback: Connect by a link-token, Refresh, agree.")
        {
            port,
            name,
        };
        command.SetAction(
            (parsed, _) => AgentRun.ServePageAsync(Folder(parsed), parsed.GetRequiredValue(port), parsed.GetValue(name))
        );
        return command;
    }

    private static Command CreateInstall()
    {
        var user = new Option<string>("--user")
        {
            Description = "User the service runs as",
            DefaultValueFactory = _ => Environment.UserName,
            HelpName = "NAME",
        };
        var directory = new Option<string>("--unit-directory")
        {
            Description = "Where systemd finds units",
            DefaultValueFactory = _ => "/etc/systemd/system",
            HelpName = "DIR",
        };
        var noStart = new Option<bool>("--no-start") { Description = "Only write the unit" };
        var command = new Command("install", "Makes the agent a service of systemd.") { user, directory, noStart };
        command.SetAction(
            (parsed, _) =>
                AgentInstall.RunAsync(
                    Folder(parsed),
                    parsed.GetRequiredValue(user),
                    parsed.GetRequiredValue(directory),
                    !parsed.GetValue(noStart)
                )
        );
        return command;
    }

    private static Command CreateUpgrade()
    {
        var program = new Argument<string>("PROGRAM") { Description = "The new program, a single file" };
        _ = program.AcceptLegalFilePathsOnly();
        var directory = new Option<string>("--unit-directory")
        {
            Description = "Where systemd finds units",
            DefaultValueFactory = _ => "/etc/systemd/system",
            HelpName = "DIR",
        };
        var command = new Command(
            "upgrade",
            "Replaces the program of the agent that runs as a service: looks whether the new one fits the Hub, stops at checkpoints, swaps, starts, and puts the old one back if the new one does not link."
        )
        {
            program,
            directory,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                AgentUpgrade.RunAsync(
                    parsed.GetValue(Data),
                    parsed.GetRequiredValue(program),
                    parsed.GetRequiredValue(directory),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command CreateDescribe()
    {
        var command = new Command(
            "describe",
            "Says, as JSON, what version this program is and what it can be asked for."
        );
        command.SetAction(_ => Console.Out.WriteLine(Contracts.ApiJson.Write(AgentDescription.Own)));
        return command;
    }

    private static Command CreateUnlink()
    {
        var command = new Command("unlink", "Forgets the link of this host; its clusters stay.");
        command.SetAction((parsed, _) => AgentRun.UnlinkAsync(Folder(parsed)));
        return command;
    }

    private static Command CreateClusters()
    {
        var name = new Argument<string>("NAME") { Description = "Name of the cluster" };
        var address = new Option<string?>("--connection-string")
        {
            Description = "How this host reaches it; read from standard input if left out",
            HelpName = "URI",
        };
        var monitorOnly = new Option<bool>("--monitor-only")
        {
            Description = "Use its credentials to watch only: each migration says its own",
        };
        var add = new Command("add", "Adds a cluster that can be migrated.") { name, address, monitorOnly };
        add.SetAction(
            (parsed, cancellationToken) =>
                AgentRun.AddClusterAsync(
                    Folder(parsed),
                    parsed.GetRequiredValue(name),
                    parsed.GetValue(address),
                    !parsed.GetValue(monitorOnly),
                    cancellationToken
                )
        );
        var gone = new Argument<string>("NAME") { Description = "Name of the cluster" };
        var remove = new Command("remove", "Removes a cluster.") { gone };
        remove.SetAction((parsed, _) => AgentRun.RemoveClusterAsync(Folder(parsed), parsed.GetRequiredValue(gone)));
        var list = new Command("list", "Lists the clusters, without their secrets.");
        list.SetAction((parsed, _) => AgentRun.ListClustersAsync(Folder(parsed)));
        return new Command("clusters", "The clusters that this host can migrate.") { add, remove, list };
    }
}
