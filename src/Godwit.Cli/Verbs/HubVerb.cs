using System.CommandLine;
using System.Net;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit hub</c>: the control plane. What it runs is loaded only when it runs.</summary>
internal static class HubVerb
{
    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Folder of the database, the key ring and the Hub's certificates",
        HelpName = "DIR",
    };

    private static readonly Option<string> Listen = new("--listen")
    {
        Description = "Address and port to listen on, always encrypted; port 0 takes a free one",
        DefaultValueFactory = _ => "0.0.0.0:8443",
        HelpName = "ADDRESS:PORT",
    };

    private static readonly Option<Uri?> Url = new("--url")
    {
        Description = "The address that people and hosts use, if it is another one",
        HelpName = "URL",
    };

    private static readonly Option<string?> Certificate = new Option<string?>("--certificate")
    {
        Description = "PEM file with certificate and key that clients trust; otherwise the Hub makes its own authority",
        HelpName = "FILE",
    }.ExistingFile();

    internal static Command Create()
    {
        var command = new Command("hub", "Runs the Hub: the control plane that people and migration hosts connect to.")
        {
            Data,
            Listen,
            Url,
            Certificate,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                if (!IPEndPoint.TryParse(parsed.GetRequiredValue(Listen), out var listen))
                {
                    await Console
                        .Error.WriteLineAsync("godwit: --listen wants ADDRESS:PORT, as in 0.0.0.0:8443")
                        .ConfigureAwait(false);
                    return ExitCodes.Usage;
                }

                return await HubRun
                    .RunAsync(
                        parsed.GetValue(Data) ?? DataFolders.Of("hub"),
                        listen,
                        parsed.GetValue(Url),
                        parsed.GetValue(Certificate),
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            }
        );
        return command;
    }
}
