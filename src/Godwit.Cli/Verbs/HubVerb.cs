using System.CommandLine;
using System.Net;
using Godwit.Cli.Hubs;

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

    private static readonly Option<string?> Url = new("--url")
    {
        Description = "The address that people and hosts use, if it is another one",
        HelpName = "URL",
    };

    private static readonly Option<string?> Certificate = new Option<string?>("--certificate")
    {
        Description = "PEM file with certificate and key that clients trust; otherwise the Hub makes its own authority",
        HelpName = "FILE",
    }.ExistingFile();

    private static readonly Option<string?> MailFrom = new("--mail-from")
    {
        Description = "Sender of mails; where they are handed in is GODWIT_HUB_SMTP, smtp://user:password@host:port",
        HelpName = "ADDRESS",
    };

    private static readonly Option<string?> SupportAddress = new("--support-address")
    {
        Description = "Who gets requests for support by mail; without it they are downloaded only",
        HelpName = "ADDRESS",
    };

    private static readonly Option<string[]> AllowNetworks = new("--allow-network")
    {
        Description = "A network that webhooks and mail may reach although it is not public; may be repeated",
        HelpName = "CIDR",
    };

    private static readonly Option<string[]> TrustedProxies = new("--trusted-proxy")
    {
        Description =
            "Address or network of a proxy before the Hub whose X-Forwarded-For is believed, and nobody else's; may be repeated",
        HelpName = "CIDR",
    };

    private static readonly Option<bool> Demo = new("--demo")
    {
        Description =
            "A Hub to try, with a linked host, busy sources and empty destinations on Sandboxes; all of it gone at the end",
    };

    private static readonly HubSettingOptions Settings = new();

    internal static Command Create()
    {
        var command = new Command("hub", "Runs the Hub: the control plane that people and migration hosts connect to.")
        {
            Data,
            Listen,
            Url,
            Certificate,
            MailFrom,
            SupportAddress,
            AllowNetworks,
            TrustedProxies,
            Demo,
            CreateBackup(),
            CreateRestore(),
        };
        Settings.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                HubCommand.GuardAsync(() =>
                    HubRun.RunAsync(
                        parsed.GetValue(Demo),
                        new HubArguments(
                            parsed.GetValue(Data) ?? DataFolders.Of("hub"),
                            ParseEndpoint(parsed.GetRequiredValue(Listen)),
                            parsed.GetValue(Url) is { } url ? HubCommand.ParseUrl(url) : null,
                            parsed.GetValue(Certificate),
                            parsed.GetValue(MailFrom),
                            [
                                .. (parsed.GetValue(AllowNetworks) ?? []).Select(text =>
                                    ParseNetwork(AllowNetworks.Name, text)
                                ),
                            ],
                            parsed.GetValue(SupportAddress),
                            Settings.Read(parsed),
                            [
                                .. (parsed.GetValue(TrustedProxies) ?? []).Select(text =>
                                    ParseNetwork(TrustedProxies.Name, text)
                                ),
                            ]
                        ),
                        cancellationToken
                    )
                )
        );
        return command;
    }

    private static Command CreateBackup()
    {
        var data = new Option<string?>("--data") { Description = "The Hub's folder", HelpName = "DIR" };
        var file = new Option<string>("--out")
        {
            Description = "The file to write; it must not be there yet",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command(
            "backup",
            "Packs a Hub's folder into a file, encrypted with the passphrase of GODWIT_HUB_PASSPHRASE or standard input. The Hub may run."
        )
        {
            data,
            file,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                HubRun.BackupAsync(
                    parsed.GetValue(data) ?? DataFolders.Of("hub"),
                    parsed.GetRequiredValue(file),
                    cancellationToken
                )
        );
        return command;
    }

    private static Command CreateRestore()
    {
        var from = new Option<string?>("--from")
        {
            Description = "Put this backup into the folder first, which has to be empty",
            HelpName = "FILE",
        }.ExistingFile();
        var done = new Option<bool>("--done")
        {
            Description = "All hosts have reported: the Hub may give orders again",
        };
        var data = new Option<string?>("--data") { Description = "The Hub's folder", HelpName = "DIR" };
        var command = new Command(
            "restore",
            "Says that a Hub's folder was put back from a backup: it gives no orders until --done. The Hub must not run."
        )
        {
            data,
            from,
            done,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                HubRun.RestoreAsync(
                    parsed.GetValue(data) ?? DataFolders.Of("hub"),
                    parsed.GetValue(from),
                    parsed.GetValue(done),
                    cancellationToken
                )
        );
        return command;
    }

    private static IPEndPoint ParseEndpoint(string text) =>
        IPEndPoint.TryParse(text, out var endpoint)
            ? endpoint
            : throw new HubException(ExitCodes.Usage, "--listen wants ADDRESS:PORT, as in 0.0.0.0:8443");

    private static IPNetwork ParseNetwork(string option, string text) =>
        IPAddress.TryParse(text, out var address)
            ? new(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
        : IPNetwork.TryParse(text, out var network) ? network
        : throw new HubException(ExitCodes.Usage, $"{option} wants an address or a network, as in 10.1.0.0/16");
}

/// <summary>What the command line says of a Hub.</summary>
internal sealed record HubArguments(
    string Folder,
    IPEndPoint Listen,
    Uri? Url,
    string? Certificate,
    string? MailFrom,
    IReadOnlyList<IPNetwork> AllowedNetworks,
    string? SupportAddress = null,
    Func<Godwit.Hub.Hosting.HubOptions, Godwit.Hub.Hosting.HubOptions>? Settings = null,
    IReadOnlyList<IPNetwork>? TrustedProxies = null
);
