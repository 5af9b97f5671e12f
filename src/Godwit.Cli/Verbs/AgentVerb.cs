using System.CommandLine;

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
        var command = new Command("link", "Links this host to a Hub by a link-token.") { token, file, name };
        command.SetAction(
            (parsed, cancellationToken) =>
                AgentRun.LinkAsync(
                    Folder(parsed),
                    parsed.GetValue(token),
                    parsed.GetValue(file),
                    parsed.GetValue(name),
                    cancellationToken
                )
        );
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
