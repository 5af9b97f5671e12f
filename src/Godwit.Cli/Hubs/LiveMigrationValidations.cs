using System.CommandLine;

namespace Godwit.Cli.Hubs;

/// <summary><c>liveMigrations validation create|describe</c>.</summary>
internal static class LiveMigrationValidations
{
    internal static Command Create() =>
        new("validation", "Validations: every check of a migration, without starting it.")
        {
            CreateCreate(),
            CreateDescribe(),
        };

    private static Command CreateCreate()
    {
        var request = new MigrationRequestOptions();
        var command = new Command("create", "Starts a validation.");
        request.AddTo(command);
        return command.Does(
            async (api, parsed, cancellationToken) =>
            {
                var project = api.Project(parsed.GetValue(HubCommand.Project));
                var body = await request.ReadAsync(parsed, project, cancellationToken).ConfigureAwait(false);
                var made = await api.SendAsync(
                        HttpMethod.Post,
                        $"/api/godwit/v1/groups/{project}/validations",
                        body,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                return await ShowAsync(api, parsed, project, (string)made!["id"]!, cancellationToken)
                    .ConfigureAwait(false);
            }
        );
    }

    private static Command CreateDescribe()
    {
        var id = new Option<string>("--validationId")
        {
            Description = "The validation",
            HelpName = "ID",
            Required = true,
        };
        var checks = new Option<bool>("--checks") { Description = "Show each check with its remedy" };
        var command = new Command("describe", "Shows a validation.") { id, checks, HubCommand.Project };
        command.Aliases.Add("get");
        return command.Does(
            async (api, parsed, cancellationToken) =>
            {
                var project = api.Project(parsed.GetValue(HubCommand.Project));
                if (!parsed.GetValue(checks))
                {
                    return await ShowAsync(api, parsed, project, parsed.GetRequiredValue(id), cancellationToken)
                        .ConfigureAwait(false);
                }

                var whole = await api.GetAsync(
                        $"/api/godwit/v1/groups/{project}/validations/{parsed.GetRequiredValue(id)}",
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                parsed.Write(
                    parsed.AsksForJson() ? whole : whole!["checks"],
                    [("CHECK", "id"), ("STATE", "state"), ("FINDING", "message"), ("REMEDY", "remedy")]
                );
                return CodeOf((string)whole!["status"]!);
            }
        );
    }

    private static async Task<int> ShowAsync(
        HubApi api,
        ParseResult parsed,
        string project,
        string id,
        CancellationToken cancellationToken
    )
    {
        var shown = await api.GetAsync(
                $"/api/atlas/v2/groups/{project}/liveMigrations/validate/{id}",
                cancellationToken
            )
            .ConfigureAwait(false);
        parsed.Write(shown, HubOutput.Validation);
        return CodeOf((string)shown!["status"]!);
    }

    /// <summary>A validation that has failed forbids the start, as preflight does.</summary>
    private static int CodeOf(string status) => status == "FAILED" ? ExitCodes.Refused : ExitCodes.Success;
}
