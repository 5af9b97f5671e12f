using System.CommandLine;
using System.Text.Json;
using Godwit.Cli.Output;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit check-client</c>: run on the machine of an application, says whether it will get on with its new cluster (P20).</summary>
internal static class CheckClientVerb
{
    private const string Json = "json";

    internal static Command Create()
    {
        var destination = new Option<string?>("--destination")
        {
            Description = "The connection string that the application will use; read from standard input if left out",
            HelpName = "URI",
        };
        var database = new Option<string?>("--database")
        {
            Description = "The database that it reads and writes, if the connection string names another or none",
            HelpName = "NAME",
        };
        var versions = new Option<string[]>("--allow-version")
        {
            Description =
                "A version of MongoDB that the application's driver is good for, such as 8.0; may be repeated",
            HelpName = "VERSION",
        };
        var latency = new Option<int>("--latency")
        {
            Description = "Milliseconds that an answer may take",
            DefaultValueFactory = _ => 20,
            HelpName = "MS",
        }.AtLeast(1);
        var output = new Option<string>("--output", "-o")
        {
            Description = "text, or json: one object for each finding",
            DefaultValueFactory = _ => "text",
            HelpName = "text|json",
        };
        _ = output.AcceptOnlyFromAmong("text", Json);
        var command = new Command(
            "check-client",
            "On an application's machine: tries the connection string that it will use. Reads only. Exit 0 it will do, 4 it will not."
        )
        {
            destination,
            database,
            versions,
            latency,
            output,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed.GetValue(destination),
                    text =>
                        new(
                            text,
                            parsed.GetValue(database),
                            parsed.GetValue(versions) ?? [],
                            TimeSpan.FromMilliseconds(parsed.GetRequiredValue(latency))
                        ),
                    parsed.GetRequiredValue(output) == Json,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        string? address,
        Func<string, ClientNeeds> needs,
        bool isJson,
        CancellationToken cancellationToken
    )
    {
        using var interruption = new Interruption();
        var text = address ?? await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? "";
        try
        {
            var findings = await ClientInspector
                .InspectAsync(needs(text), TimeProvider.System, interruption.Graceful)
                .ConfigureAwait(false);
            foreach (var line in isJson ? findings.Select(Write) : FindingText.Describe(findings))
            {
                await Console.Out.WriteLineAsync(line).ConfigureAwait(false);
            }

            return findings.Any(one => one.State == FindingState.Failed) ? ExitCodes.Refused : ExitCodes.Success;
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static string Write(Finding finding) =>
        JsonSerializer.Serialize(
            new
            {
                id = finding.Id,
                state = finding.State.ToString().ToUpperInvariant(),
                message = SecretText.OfText(finding.Message),
                remedy = finding.Remedy,
            }
        );
}
