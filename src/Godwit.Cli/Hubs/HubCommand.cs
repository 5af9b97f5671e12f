using System.CommandLine;
using System.Text.Json.Nodes;

namespace Godwit.Cli.Hubs;

/// <summary>What commands to a Hub share: profile, output, and errors that end with a code of their own.</summary>
internal static class HubCommand
{
    internal static readonly Option<string> Profile = new("--profile", "-P")
    {
        Description = "Which profile of the configuration to use",
        DefaultValueFactory = _ => HubProfiles.Default,
        HelpName = "NAME",
        Recursive = true,
    };

    internal static readonly Option<string?> Output = MakeOutput();

    internal static readonly Option<string?> Organization = new("--orgId")
    {
        Description = "The organization, if not the profile's",
        HelpName = "ID",
    };

    internal static readonly Option<string?> Project = new("--projectId")
    {
        Description = "The project, if not the profile's",
        HelpName = "ID",
    };

    /// <summary>Says what a command does, with the Hub of its profile at hand.</summary>
    internal static Command Does(this Command command, Func<HubApi, ParseResult, CancellationToken, Task<int>> action)
    {
        command.SetAction(
            (parsed, cancellationToken) =>
                GuardAsync(async () =>
                {
                    using var api = new HubApi(HubProfiles.Read(parsed.GetRequiredValue(Profile)));
                    return await action(api, parsed, cancellationToken).ConfigureAwait(false);
                })
        );
        return command;
    }

    internal static bool AsksForJson(this ParseResult parsed) => parsed.GetValue(Output) == "json";

    /// <summary>Writes an answer as asked for.</summary>
    internal static void Write(this ParseResult parsed, JsonNode? answer, (string Title, string Field)[] columns)
    {
        if (parsed.AsksForJson())
        {
            HubOutput.Json(answer);
            return;
        }

        HubOutput.Table(
            answer as JsonArray ?? answer?["results"] as JsonArray ?? (IEnumerable<JsonNode?>)[answer],
            columns
        );
    }

    /// <exception cref="HubException">It is no address of a Hub.</exception>
    internal static Uri ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps
            ? url
            : throw new HubException(ExitCodes.Usage, $"'{text}' is no https address");

    internal static async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (HubException wrong)
        {
            await Console.Error.WriteLineAsync($"godwit: {wrong.Message}").ConfigureAwait(false);
            return wrong.ExitCode;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"godwit: {refused.Message}").ConfigureAwait(false);
            return ExitCodes.Stopped;
        }
    }

    private static Option<string?> MakeOutput()
    {
        var option = new Option<string?>("--output", "-o")
        {
            Description = "json: the object as the Hub sends it",
            HelpName = "FORMAT",
            Recursive = true,
        };
        _ = option.AcceptOnlyFromAmong("json", "plain");
        return option;
    }
}
