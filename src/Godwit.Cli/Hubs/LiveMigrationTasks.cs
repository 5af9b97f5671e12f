using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli.Verbs;

namespace Godwit.Cli.Hubs;

/// <summary><c>godwit liveMigrations checklist</c> and <c>cutoverWindows</c>: what people see to, and when they may cut over (P20).</summary>
internal static class LiveMigrationTasks
{
    internal static Command CreateChecklist()
    {
        var migration = new Option<string?>("--liveMigrationId") { Description = "Of this migration", HelpName = "ID" };
        var validation = new Option<string?>("--validationId")
        {
            Description = "Of the migration that was validated so",
            HelpName = "ID",
        };
        return new Command(
            "checklist",
            "Lists what people see to before the start, before the cutover, and afterwards. Exit 0, whatever is open."
        )
        {
            migration,
            validation,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var (one, other) = (parsed.GetValue(migration), parsed.GetValue(validation));
                if (one is null == other is null)
                {
                    throw new HubException(ExitCodes.Usage, "say one of --liveMigrationId and --validationId");
                }

                var path = one is not null
                    ? $"{LiveMigrationsVerb.Own(api, parsed)}/{one}/checklist"
                    : $"/api/godwit/v1/groups/{api.Project(parsed.GetValue(HubCommand.Project))}/validations/{other}/checklist";
                var found = await api.GetAsync(path, cancellationToken).ConfigureAwait(false);
                if (parsed.AsksForJson())
                {
                    HubOutput.Json(found);
                    return ExitCodes.Success;
                }

                foreach (var item in found!["items"]!.AsArray())
                {
                    await Console
                        .Out.WriteLineAsync($"{item!["when"], -14}  {item["state"], -4}  {item["text"]}")
                        .ConfigureAwait(false);
                    if ((string?)item["command"] is { } command)
                    {
                        await Console.Out.WriteLineAsync($"{"", 22}→ {command}").ConfigureAwait(false);
                    }
                }

                return ExitCodes.Success;
            }
        );
    }

    internal static Command CreateCutoverWindows(Option<string> id)
    {
        var windows = new Option<string[]>("--cutoverWindow")
        {
            Description = "Hours of the week, in UTC, such as 'Sat 02:00-04:00'; may be given again. None for always",
            HelpName = "HOURS",
        };
        return new Command("cutoverWindows", "Says at which times a migration may be cut over; a project owner's.")
        {
            id,
            windows,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var migration = parsed.GetRequiredValue(id);
                var given = parsed.GetValue(windows) ?? [];
                var body = new JsonObject
                {
                    ["cutoverWindows"] = new JsonArray([.. given.Select(one => JsonValue.Create(one))]),
                };
                _ = await api.SendAsync(
                        HttpMethod.Put,
                        $"{LiveMigrationsVerb.Own(api, parsed)}/{migration}/cutoverWindows",
                        body,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                await Console
                    .Out.WriteLineAsync(
                        $"Migration {migration} may be cut over {(given.Length == 0 ? "at any time" : $"at {string.Join(", ", given)} (UTC)")}."
                    )
                    .ConfigureAwait(false);
                return ExitCodes.Success;
            }
        );
    }
}
