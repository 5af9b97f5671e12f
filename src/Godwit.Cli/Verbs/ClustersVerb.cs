using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli.Hubs;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit clusters</c>: the destinations that a Hub knows.</summary>
internal static class ClustersVerb
{
    private static readonly (string Title, string Field)[] Columns =
    [
        ("NAME", "name"),
        ("TYPE", "clusterType"),
        ("VERSION", "mongoDBVersion"),
        ("ADDRESS", "connectionString"),
    ];

    internal static Command Create() =>
        new("clusters", "Destination clusters of a project.")
        {
            HubCommand.Profile,
            HubCommand.Output,
            CreateRegister(),
            CreateList(),
            CreateRemove(),
        };

    private static string Clusters(HubApi api, ParseResult parsed) =>
        $"/api/godwit/v1/groups/{api.Project(parsed.GetValue(HubCommand.Project))}/clusters";

    private static Command CreateRegister()
    {
        var name = new Argument<string>("NAME") { Description = "Name of the cluster" };
        var address = new Option<string?>("--connectionString")
        {
            Description = "With a user that may manage users; read from standard input if left out",
            HelpName = "URI",
        };
        var authority = new Option<string?>("--certificateAuthority")
        {
            Description = "PEM file with the CA that the cluster is known by; it is sent along to the migration host",
            HelpName = "FILE",
        }.ExistingFile();
        return new Command("register", "Registers a cluster as a destination.")
        {
            name,
            address,
            authority,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var text =
                    parsed.GetValue(address) ?? await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false);
                var body = new JsonObject { ["name"] = parsed.GetRequiredValue(name), ["connectionString"] = text };
                if (parsed.GetValue(authority) is { } file)
                {
                    body["certificateAuthority"] = await File.ReadAllTextAsync(file, cancellationToken)
                        .ConfigureAwait(false);
                }

                var made = await api.SendAsync(HttpMethod.Post, Clusters(api, parsed), body, cancellationToken)
                    .ConfigureAwait(false);
                parsed.Write(made, Columns);
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateList() =>
        new Command("list", "Lists them.") { HubCommand.Project }.Does(
            async (api, parsed, cancellationToken) =>
            {
                parsed.Write(
                    await api.GetAsync(Clusters(api, parsed), cancellationToken).ConfigureAwait(false),
                    Columns
                );
                return ExitCodes.Success;
            }
        );

    private static Command CreateRemove()
    {
        var name = new Argument<string>("NAME") { Description = "Name of the cluster" };
        return new Command("remove", "Removes one from the Hub; the cluster itself is not touched.")
        {
            name,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                _ = await api.SendAsync(
                        HttpMethod.Delete,
                        $"{Clusters(api, parsed)}/{parsed.GetRequiredValue(name)}",
                        null,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );
    }
}
