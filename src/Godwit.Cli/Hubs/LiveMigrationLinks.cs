using System.CommandLine;
using System.Text.Json.Nodes;

namespace Godwit.Cli.Hubs;

/// <summary><c>liveMigrations link create|delete</c>.</summary>
internal static class LiveMigrationLinks
{
    internal static Command Create() =>
        new("link", "Link-tokens, by which source organizations are linked.") { CreateCreate(), CreateDelete() };

    private static string Tokens(HubApi api, ParseResult parsed) =>
        $"/api/atlas/v2/orgs/{api.Organization(parsed.GetValue(HubCommand.Organization))}/liveMigrations/linkTokens";

    private static Command CreateCreate()
    {
        var addresses = new Option<string[]>("--accessListIp")
        {
            Description = "Addresses and blocks that hosts may call from, separated by commas or repeated",
            HelpName = "IP",
        };
        return new Command("create", "Makes a link-token; it is shown this once and works once.")
        {
            addresses,
            HubCommand.Organization,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var list = (parsed.GetValue(addresses) ?? [])
                    .SelectMany(one => one.Split(','))
                    .Select(one => one.Trim());
                var made = await api.SendAsync(
                        HttpMethod.Post,
                        Tokens(api, parsed),
                        new JsonObject { ["accessListIps"] = new JsonArray([.. list.Select(one => (JsonNode)one)]) },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (parsed.AsksForJson())
                {
                    HubOutput.Json(made);
                }
                else
                {
                    await Console
                        .Out.WriteLineAsync($"Link-token '{made!["linkToken"]}' successfully created.")
                        .ConfigureAwait(false);
                    await Console
                        .Error.WriteLineAsync("Keep it safe and do not share it: it is not shown again.")
                        .ConfigureAwait(false);
                }

                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateDelete()
    {
        var force = new Option<bool>("--force") { Description = "Do not ask" };
        var active = new Option<bool>("--revokeActive")
        {
            Description = "Delete it even while migrations run over it; they are disconnected",
        };
        var command = new Command("delete", "Deletes the organization's links; their hosts are let go at once.")
        {
            force,
            active,
            HubCommand.Organization,
        };
        command.Aliases.Add("rm");
        return command.Does(
            async (api, parsed, cancellationToken) =>
            {
                var organization = api.Organization(parsed.GetValue(HubCommand.Organization));
                if (
                    !parsed.GetValue(force)
                    && !await Question
                        .AskAsync($"Delete the links of organization {organization}?", cancellationToken)
                        .ConfigureAwait(false)
                )
                {
                    await Console.Out.WriteLineAsync("Link-token not deleted").ConfigureAwait(false);
                    return ExitCodes.Success;
                }

                var query = parsed.GetValue(active) ? "?revokeActive=true" : "";
                _ = await api.SendAsync(HttpMethod.Delete, Tokens(api, parsed) + query, null, cancellationToken)
                    .ConfigureAwait(false);
                await Console
                    .Out.WriteLineAsync($"Link-token {organization} successfully deleted")
                    .ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );
    }
}
