using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli.Hubs;

namespace Godwit.Cli.Verbs;

/// <summary>
/// <c>godwit orgs</c>, <c>projects</c>, <c>hosts</c>, <c>accessLists</c>, <c>apiKeys</c> and <c>users</c>: what is around migrations, as far as
/// these need it.
/// </summary>
internal static class HubResourceVerbs
{
    private static readonly (string Title, string Field)[] Named = [("ID", "id"), ("NAME", "name")];
    private static readonly (string Title, string Field)[] Key =
    [
        ("ID", "id"),
        ("DESCRIPTION", "desc"),
        ("PUBLIC KEY", "publicKey"),
        ("PRIVATE KEY", "privateKey"),
    ];
    private static readonly (string Title, string Field)[] Entry =
    [
        ("CIDR BLOCK", "cidrBlock"),
        ("COMMENT", "comment"),
        ("DELETED AFTER", "deleteAfterDate"),
    ];
    private static readonly (string Title, string Field)[] Host =
    [
        ("NAME", "name"),
        ("STATE", "state"),
        ("ADDRESS", "observedAddress"),
        ("LAST CONTACT", "lastContact"),
        ("OUTDATED", "isOutdated"),
    ];
    private static readonly (string Title, string Field)[] Invited =
    [
        ("ID", "id"),
        ("NAME", "userName"),
        ("SIGN-IN LINK", "signInLink"),
    ];

    internal static IEnumerable<Command> Create() =>
        [
            Group(
                "orgs",
                "Organizations that the profile's key has a role in.",
                Ask("list", "Lists them.", Named, HttpMethod.Get, (_, _) => "/api/atlas/v2/orgs", null)
            ),
            CreateProjects(),
            Group(
                "hosts",
                "Migration hosts of linked source organizations.",
                Ask(
                    "list",
                    "Lists them.",
                    Host,
                    HttpMethod.Get,
                    (api, parsed) => $"/api/godwit/v1/orgs/{Organization(api, parsed)}/hosts",
                    null,
                    HubCommand.Organization
                )
            ),
            CreateAccessLists(),
            CreateKeys(),
            CreateUsers(),
        ];

    private static Command CreateProjects()
    {
        var name = new Argument<string>("NAME") { Description = "Name of the project" };
        return Group(
            "projects",
            "Projects of an organization.",
            Ask(
                "list",
                "Lists them.",
                Named,
                HttpMethod.Get,
                (api, parsed) => $"/api/atlas/v2/orgs/{Organization(api, parsed)}/groups",
                null,
                HubCommand.Organization
            ),
            Ask(
                "create",
                "Makes a project.",
                Named,
                HttpMethod.Post,
                (api, parsed) => $"/api/godwit/v1/orgs/{Organization(api, parsed)}/groups",
                parsed => new JsonObject { ["name"] = parsed.GetRequiredValue(name) },
                name,
                HubCommand.Organization
            )
        );
    }

    private static Command CreateAccessLists()
    {
        var added = new Argument<string>("ENTRY") { Description = "An address, or a block such as 10.1.0.0/16" };
        var gone = new Argument<string>("ENTRY") { Description = "The address or block" };
        var comment = new Option<string?>("--comment") { Description = "What it is for" };
        return Group(
            "accessLists",
            "Addresses that migrations may reach a project's clusters from; a project owner's or network manager's.",
            Ask("list", "Lists them.", Entry, HttpMethod.Get, AccessList, null, HubCommand.Project),
            Ask(
                "create",
                "Adds one.",
                Entry,
                HttpMethod.Post,
                AccessList,
                parsed =>
                {
                    var text = parsed.GetRequiredValue(added);
                    return new JsonArray(
                        new JsonObject
                        {
                            [text.Contains('/', StringComparison.Ordinal) ? "cidrBlock" : "ipAddress"] = text,
                            ["comment"] = parsed.GetValue(comment) ?? "",
                        }
                    );
                },
                added,
                comment,
                HubCommand.Project
            ),
            Remove(
                "Takes one off.",
                (api, parsed) => $"{AccessList(api, parsed)}/{Uri.EscapeDataString(parsed.GetRequiredValue(gone))}",
                gone,
                HubCommand.Project
            )
        );
    }

    private static Command CreateKeys()
    {
        var description = new Option<string>("--desc") { Description = "What it is for", Required = true };
        var roles = Roles("such as ORG_MEMBER, or with --projectId GROUP_OWNER");
        var gone = new Argument<string>("ID") { Description = "Id of the key" };
        return Group(
            "apiKeys",
            "API keys of an organization.",
            Ask("list", "Lists them.", Key, HttpMethod.Get, Keys, null, HubCommand.Organization),
            Ask(
                "create",
                "Makes one, in a project with --projectId; the private key is shown this once.",
                Key,
                HttpMethod.Post,
                (api, parsed) =>
                    parsed.GetValue(HubCommand.Project) is { } project
                        ? $"/api/atlas/v2/groups/{api.Project(project)}/apiKeys"
                        : Keys(api, parsed),
                parsed => new JsonObject
                {
                    ["desc"] = parsed.GetRequiredValue(description),
                    ["roles"] = Array(parsed.GetRequiredValue(roles)),
                },
                description,
                roles,
                HubCommand.Organization,
                HubCommand.Project
            ),
            Remove(
                "Deletes one: it lets nobody in any more.",
                (api, parsed) => $"{Keys(api, parsed)}/{parsed.GetRequiredValue(gone)}",
                gone,
                HubCommand.Organization
            )
        );
    }

    private static Command CreateUsers()
    {
        var name = new Argument<string>("NAME") { Description = "The name the person is known by" };
        var roles = Roles("such as ORG_MEMBER");
        return Group(
            "users",
            "People of an organization.",
            Ask(
                "invite",
                "Lets a person in; the sign-in link is shown this once.",
                Invited,
                HttpMethod.Post,
                (api, parsed) => $"/api/godwit/v1/orgs/{Organization(api, parsed)}/people",
                parsed => new JsonObject
                {
                    ["userName"] = parsed.GetRequiredValue(name),
                    ["roles"] = Array(parsed.GetRequiredValue(roles)),
                },
                name,
                roles,
                HubCommand.Organization
            )
        );
    }

    private static string Organization(HubApi api, ParseResult parsed) =>
        api.Organization(parsed.GetValue(HubCommand.Organization));

    private static string Keys(HubApi api, ParseResult parsed) =>
        $"/api/atlas/v2/orgs/{Organization(api, parsed)}/apiKeys";

    private static string AccessList(HubApi api, ParseResult parsed) =>
        $"/api/atlas/v2/groups/{api.Project(parsed.GetValue(HubCommand.Project))}/accessList";

    private static Option<string[]> Roles(string examples) =>
        new("--role") { Description = $"A role, {examples}; may be given again", Required = true };

    private static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(text => JsonValue.Create(text))];

    private static Command Group(string name, string description, params Command[] commands)
    {
        var group = new Command(name, description) { HubCommand.Profile, HubCommand.Output };
        foreach (var command in commands)
        {
            group.Add(command);
        }

        return group;
    }

    private static Command Ask(
        string name,
        string description,
        (string Title, string Field)[] columns,
        HttpMethod method,
        Func<HubApi, ParseResult, string> path,
        Func<ParseResult, JsonNode>? body,
        params Symbol[] takes
    ) =>
        Taking(new(name, description), takes)
            .Does(
                async (api, parsed, cancellationToken) =>
                {
                    var answer = await api.SendAsync(method, path(api, parsed), body?.Invoke(parsed), cancellationToken)
                        .ConfigureAwait(false);
                    parsed.Write(answer, columns);
                    return ExitCodes.Success;
                }
            );

    private static Command Remove(string description, Func<HubApi, ParseResult, string> path, params Symbol[] takes) =>
        Taking(new("delete", description), takes)
            .Does(
                async (api, parsed, cancellationToken) =>
                {
                    _ = await api.SendAsync(HttpMethod.Delete, path(api, parsed), null, cancellationToken)
                        .ConfigureAwait(false);
                    await Console.Out.WriteLineAsync("Deleted").ConfigureAwait(false);
                    return ExitCodes.Success;
                }
            );

    private static Command Taking(Command command, Symbol[] takes)
    {
        foreach (var one in takes)
        {
            switch (one)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
                default:
                    throw new InvalidOperationException($"{one.Name} is neither argument nor option");
            }
        }

        return command;
    }
}
