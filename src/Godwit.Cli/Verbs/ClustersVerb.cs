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
            CreateChange(),
            CreateConnectAtlas(),
            CreateList(),
            CreateRemove(),
            CreateTemporaryUsers(),
            CreateRemoveTemporaryUser(),
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

    private static Command CreateChange()
    {
        var name = new Argument<string>("NAME") { Description = "Name of the cluster" };
        var address = new Option<string?>("--connectionString")
        {
            Description = "How it is reached from now on; read from standard input if left out",
            HelpName = "URI",
        };
        return new Command("change", "Takes another way to a cluster, or another user.")
        {
            name,
            address,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var text =
                    parsed.GetValue(address) ?? await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false);
                parsed.Write(
                    await api.SendAsync(
                            HttpMethod.Patch,
                            $"{Clusters(api, parsed)}/{parsed.GetRequiredValue(name)}",
                            new JsonObject { ["connectionString"] = text },
                            cancellationToken
                        )
                        .ConfigureAwait(false),
                    Columns
                );
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateConnectAtlas()
    {
        var project = new Option<string>("--atlasProjectId") { Description = "The project in Atlas", Required = true };
        var key = new Option<string?>("--publicKey") { Description = "Public part of an API key" };
        var client = new Option<string?>("--clientId") { Description = "Client id of a service account, instead" };
        return new Command(
            "connectAtlas",
            "Makes the clusters of a project of Atlas destinations; asks for the private key, or the client secret."
        )
        {
            project,
            key,
            client,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var (publicKey, clientId) = (parsed.GetValue(key), parsed.GetValue(client));
                if (publicKey is null == clientId is null)
                {
                    throw new HubException(ExitCodes.Usage, "say --publicKey or --clientId");
                }

                var secret = await MigrationRequestOptions.AskAsync(cancellationToken).ConfigureAwait(false);
                var body = new JsonObject { ["atlasGroupId"] = parsed.GetRequiredValue(project) };
                (
                    body[publicKey is null ? "clientId" : "publicKey"],
                    body[publicKey is null ? "clientSecret" : "privateKey"]
                ) = (publicKey ?? clientId, secret);
                var path = $"/api/godwit/v1/groups/{api.Project(parsed.GetValue(HubCommand.Project))}/atlas";
                _ = await api.SendAsync(HttpMethod.Put, path, body, cancellationToken).ConfigureAwait(false);
                parsed.Write(
                    await api.GetAsync(Clusters(api, parsed), cancellationToken).ConfigureAwait(false),
                    Columns
                );
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

    private static Command CreateTemporaryUsers()
    {
        var name = new Argument<string>("NAME") { Description = "Name of the cluster" };
        return new Command(
            "temporaryUsers",
            "Lists the temporary users that a cluster has, those left behind included."
        )
        {
            name,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var all = await api.GetAsync(
                        $"{Clusters(api, parsed)}/{parsed.GetRequiredValue(name)}/temporaryUsers",
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (parsed.AsksForJson())
                {
                    HubOutput.Json(all);
                }
                else
                {
                    HubOutput.Table(all!.AsArray().OfType<JsonNode>(), [("NAME", "name"), ("STATE", "state")]);
                }

                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateRemoveTemporaryUser()
    {
        var name = new Argument<string>("NAME") { Description = "Name of the cluster" };
        var user = new Argument<string>("USER") { Description = "Name of the user, godwit-…" };
        return new Command("removeTemporaryUser", "Removes a temporary user that was left behind.")
        {
            name,
            user,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var removed = parsed.GetRequiredValue(user);
                _ = await api.SendAsync(
                        HttpMethod.Delete,
                        $"{Clusters(api, parsed)}/{parsed.GetRequiredValue(name)}/temporaryUsers/{removed}",
                        null,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                await Console.Out.WriteLineAsync($"Removed {removed}.").ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );
    }
}
