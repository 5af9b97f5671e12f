using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli.Hubs;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit liveMigrations</c>: Atlas' commands with their flags and templates, and those it lacks (M-128).</summary>
internal static class LiveMigrationsVerb
{
    private static readonly Option<string> Id = new("--liveMigrationId")
    {
        Description = "The migration",
        HelpName = "ID",
        Required = true,
    };

    internal static Command Create()
    {
        var command = new Command("liveMigrations", "Migrations that a Hub carries out.")
        {
            HubCommand.Profile,
            HubCommand.Output,
            LiveMigrationLinks.Create(),
            LiveMigrationValidations.Create(),
            CreateCreate(),
            CreateDescribe(),
            CreateAvailable(),
            CreateList(),
            CreateCutover(),
            CreateCancel(),
            CreateReport(),
            CreateTakeOver(),
            CreateSupport(),
            LiveMigrationVerification.Create(Id),
            LiveMigrationTasks.CreateChecklist(),
            LiveMigrationTasks.CreateCutoverWindows(Id),
            Act(
                "unblockSource",
                "Lifts the source's write block, which stays after a cutover.",
                "Lifting of the source's write block requested"
            ),
            CreateReverse(),
            Act(
                "copyUsers",
                "Gives the destination the source's users and custom roles, with the passwords they have.",
                "Users and roles requested"
            ),
            Act("pause", "Stops it at a checkpoint.", "Paused"),
            Act("resume", "Goes on with a paused one.", "Resumed"),
            Act("extend", "Lets the window begin anew, from now.", "Extended"),
            Act("restart", "Goes on with one that has failed or expired.", "Restarted"),
            Act(
                "endRehearsal",
                "Ends a rehearsal that is in sync: the destination stays as the source is at that moment.",
                "End of the rehearsal requested"
            ),
            Act("abortCutover", "Takes a cutover back that is not decided yet.", "Abort of the cutover requested"),
        };
        foreach (var alias in (string[])["livemigrations", "live-migrations", "liveMigration", "lm"])
        {
            command.Aliases.Add(alias);
        }

        return command;
    }

    internal static string Own(HubApi api, ParseResult parsed) =>
        $"/api/godwit/v1/groups/{api.Project(parsed.GetValue(HubCommand.Project))}/migrations";

    private static string Atlas(HubApi api, ParseResult parsed) =>
        $"/api/atlas/v2/groups/{api.Project(parsed.GetValue(HubCommand.Project))}/liveMigrations/{parsed.GetRequiredValue(Id)}";

    private static Command CreateCreate()
    {
        var request = new MigrationRequestOptions();
        var force = new Option<bool>("--force") { Description = "Do not ask before --drop" };
        var command = new Command("create", "Starts a migration.") { force };
        request.AddTo(command);
        return command.Does(
            async (api, parsed, cancellationToken) =>
            {
                if (request.Cleared(parsed) is { } cleared && !parsed.GetValue(force))
                {
                    await Question
                        .RequireAsync($"Drop {cleared}?", "Not started", cancellationToken)
                        .ConfigureAwait(false);
                }

                var project = api.Project(parsed.GetValue(HubCommand.Project));
                var body = await request.ReadAsync(parsed, project, cancellationToken).ConfigureAwait(false);
                var made = await api.SendAsync(HttpMethod.Post, Own(api, parsed), body, cancellationToken)
                    .ConfigureAwait(false);
                var shown = await api.GetAsync(
                        $"/api/atlas/v2/groups/{project}/liveMigrations/{made!["id"]}",
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                parsed.Write(shown, HubOutput.Migration);
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateDescribe()
    {
        var watch = new Option<bool>("--watch", "-w") { Description = "Show it until it has ended" };
        var command = new Command("describe", "Shows a migration.") { Id, watch, HubCommand.Project };
        command.Aliases.Add("get");
        return command.Does(
            async (api, parsed, cancellationToken) =>
            {
                if (parsed.GetValue(watch))
                {
                    return await MigrationWatch
                        .RunAsync(api, $"{Own(api, parsed)}/{parsed.GetRequiredValue(Id)}", parsed, cancellationToken)
                        .ConfigureAwait(false);
                }

                parsed.Write(
                    await api.GetAsync(Atlas(api, parsed), cancellationToken).ConfigureAwait(false),
                    HubOutput.Migration
                );
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateAvailable() =>
        new Command("availableProjects", "Lists what the organization's links can migrate.")
        {
            HubCommand.Organization,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var organization = api.Organization(parsed.GetValue(HubCommand.Organization));
                var projects = await api.GetAsync(
                        $"/api/atlas/v2/orgs/{organization}/liveMigrations/availableProjects",
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (parsed.AsksForJson())
                {
                    HubOutput.Json(projects);
                    return ExitCodes.Success;
                }

                HubOutput.Table(
                    projects!.AsArray().SelectMany(AvailableClusters),
                    [
                        ("PROJECT ID", "projectId"),
                        ("CLUSTER", "name"),
                        ("VERSION", "mongoDBVersion"),
                        ("MANAGED", "managed"),
                        ("HOSTS", "hosts"),
                    ]
                );
                return ExitCodes.Success;
            }
        );

    /// <summary>One row a cluster, with its project and the hosts that can migrate it.</summary>
    private static IEnumerable<JsonNode> AvailableClusters(JsonNode? project)
    {
        var hosts = string.Join(", ", project!["migrationHosts"]!.AsArray());
        foreach (var cluster in project["deployments"]!.AsArray())
        {
            var row = cluster!.DeepClone();
            (row["projectId"], row["hosts"]) = ((string)project["projectId"]!, hosts);
            yield return row;
        }
    }

    private static Command CreateList() =>
        new Command("list", "Lists the migrations of a project.") { HubCommand.Project }.Does(
            async (api, parsed, cancellationToken) =>
            {
                parsed.Write(
                    await api.GetAsync(Own(api, parsed), cancellationToken).ConfigureAwait(false),
                    [
                        ("ID", "id"),
                        ("SOURCE", "sourceCluster"),
                        ("DESTINATION", "destinationCluster"),
                        ("PHASE", "phase"),
                        ("STATUS", "status"),
                    ]
                );
                return ExitCodes.Success;
            }
        );

    private static Command CreateCutover() =>
        new Command("cutover", "Cuts over, once both sides are in sync.") { Id, HubCommand.Project }.Does(
            async (api, parsed, cancellationToken) =>
            {
                _ = await api.SendAsync(HttpMethod.Put, $"{Atlas(api, parsed)}/cutover", null, cancellationToken)
                    .ConfigureAwait(false);
                await Console.Out.WriteLineAsync("Cutover process successfully started.").ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );

    private static Command CreateCancel()
    {
        var force = new Option<bool>("--force") { Description = "Do not ask" };
        return new Command("cancel", "Gives a migration up; the data copied so far stay.")
        {
            Id,
            force,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var id = parsed.GetRequiredValue(Id);
                if (!parsed.GetValue(force))
                {
                    await Question
                        .RequireAsync($"Give up migration {id}?", "Not cancelled", cancellationToken)
                        .ConfigureAwait(false);
                }

                _ = await api.SendAsync(HttpMethod.Post, $"{Own(api, parsed)}/{id}/cancel", null, cancellationToken)
                    .ConfigureAwait(false);
                await Console.Out.WriteLineAsync($"Cancellation of migration {id} requested.").ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateReport() =>
        new Command("report", "Writes the report of a migration that has ended, as JSON.")
        {
            Id,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                HubOutput.Json(
                    await api.GetAsync($"{Own(api, parsed)}/{parsed.GetRequiredValue(Id)}/report", cancellationToken)
                        .ConfigureAwait(false)
                );
                return ExitCodes.Success;
            }
        );

    private static Command CreateReverse()
    {
        var force = new Option<bool>("--force") { Description = "Do not ask" };
        return new Command(
            "reverse",
            "Turns a migration round that was cut over: what was written since is brought back."
        )
        {
            Id,
            force,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var id = parsed.GetRequiredValue(Id);
                if (!parsed.GetValue(force))
                {
                    await Question
                        .RequireAsync($"Turn migration {id} round?", "Not turned round", cancellationToken)
                        .ConfigureAwait(false);
                }

                var made = await api.SendAsync(
                        HttpMethod.Post,
                        $"{Own(api, parsed)}/{id}/reverse",
                        null,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (parsed.AsksForJson())
                {
                    HubOutput.Json(made as JsonObject);
                }
                else
                {
                    await Console.Out.WriteLineAsync($"The way back is migration {made!["id"]}.").ConfigureAwait(false);
                }

                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateTakeOver()
    {
        var host = new Option<string>("--migrationHost") { Description = "The host that goes on", Required = true };
        var user = new Option<string?>("--sourceUsername", "-u") { Description = "User on the source, if not managed" };
        return new Command(
            "takeOver",
            "Lets another host go on with a migration whose host is away; asks for a password."
        )
        {
            Id,
            host,
            user,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var id = parsed.GetRequiredValue(Id);
                var body = new JsonObject { ["migrationHost"] = parsed.GetRequiredValue(host) };
                if (parsed.GetValue(user) is { } name)
                {
                    body["username"] = name;
                    body["password"] = await MigrationRequestOptions.AskAsync(cancellationToken).ConfigureAwait(false);
                }

                _ = await api.SendAsync(HttpMethod.Post, $"{Own(api, parsed)}/{id}/takeOver", body, cancellationToken)
                    .ConfigureAwait(false);
                await Console.Out.WriteLineAsync($"Taken over: migration {id}.").ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateSupport()
    {
        var file = new Option<string>("--out", "-f")
        {
            Description = "Where to write the archive",
            HelpName = "FILE",
            Required = true,
        };
        return new Command("support", "Packs what is known of a migration, without secrets, into an archive.")
        {
            Id,
            file,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var target = parsed.GetRequiredValue(file);
                await api.DownloadAsync(
                        $"{Own(api, parsed)}/{parsed.GetRequiredValue(Id)}/support",
                        target,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                await Console.Out.WriteLineAsync($"Wrote {target}").ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );
    }

    private static Command Act(string name, string description, string done) =>
        new Command(name, description) { Id, HubCommand.Project }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var id = parsed.GetRequiredValue(Id);
                var shown = await api.SendAsync(
                        HttpMethod.Post,
                        $"{Own(api, parsed)}/{id}/{name}",
                        null,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                if (parsed.AsksForJson())
                {
                    HubOutput.Json(shown as JsonObject);
                }
                else
                {
                    await Console.Out.WriteLineAsync($"{done}: migration {id}.").ConfigureAwait(false);
                }

                return ExitCodes.Success;
            }
        );
}
