using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Godwit.Cli.Verbs;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Cli;

/// <summary>The root of the command line: one class a verb, exit codes of our own, errors that name the thing and the remedy.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    internal static async Task<int> RunAsync(string[] args)
    {
        var parsed = Build().Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"godwit: {SecretText.OfText(error.Message)}").ConfigureAwait(false);
            }

            await Console
                .Error.WriteLineAsync($"Run '{Invocation(parsed)} --help' for what it takes.")
                .ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        // Verbs say themselves what Ctrl-C means for them.
        var configuration = new InvocationConfiguration
        {
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        try
        {
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (Exception unforeseen) when (!Debugger.IsAttached)
        {
            // The last line of defence: scripts get the documented code, and people all that is known.
            await Console
                .Error.WriteLineAsync(
                    $"godwit: an error nobody foresaw, please report it: {SecretText.OfText(unforeseen.ToString())}"
                )
                .ConfigureAwait(false);
            return ExitCodes.Unexpected;
        }
    }

    internal static RootCommand Build()
    {
        var root = new RootCommand(
            "Godwit moves a running MongoDB deployment to another one while applications keep writing."
        )
        {
            MigrateVerb.Create(),
            RehearseVerb.Create(),
            CutoverVerb.Create(),
            ReverseVerb.Create(),
            LimitVerb.Create(),
            DemoVerb.Create(),
            SandboxVerb.Create(),
            VerifyVerb.Create(),
            CheckClientVerb.Create(),
            SyncVerb.Create(),
            CopyVerbs.Users(),
            CopyVerbs.Settings(),
            HubVerb.Create(),
            AgentVerb.Create(),
            AuthVerb.Create(),
            ClustersVerb.Create(),
            LiveMigrationsVerb.Create(),
            CompletionVerb.Create(),
        };
        foreach (var command in HubResourceVerbs.Create())
        {
            root.Add(command);
        }

        return root;
    }

    private static string Invocation(ParseResult parsed) => string.Join(' ', Path(parsed.CommandResult));

    private static IEnumerable<string> Path(CommandResult result) =>
        result.Parent is CommandResult parent ? [.. Path(parent), result.Command.Name] : ["godwit"];
}
