using System.Net;
using System.Security.Cryptography;
using Godwit.Cli.Demo;
using Godwit.Hub.Hosting;
using Godwit.Hub.Web.Hosting;

namespace Godwit.Cli.Verbs;

/// <summary>One run of <c>godwit hub</c>, until it is told to stop.</summary>
internal static class HubRun
{
    /// <summary>Names the mail server; its password is nobody's business who lists processes.</summary>
    private const string SmtpVariable = "GODWIT_HUB_SMTP";

    /// <summary>Names the database, for the same reason.</summary>
    private const string DatabaseVariable = "GODWIT_HUB_DATABASE";

    /// <summary>Names what a backup is encrypted with, for the same reason.</summary>
    private const string PassphraseVariable = "GODWIT_HUB_PASSPHRASE";

    /// <summary>Names another place of Atlas' Admin API than cloud.mongodb.com, such as that for governments.</summary>
    private const string AtlasVariable = "GODWIT_HUB_ATLAS_URL";

    /// <summary>Orders in the demonstration's sources: a copy of some seconds, long enough to be watched.</summary>
    private const int DemoOrders = 60_000;

    internal static async Task<int> RunAsync(
        bool isDemonstration,
        HubArguments arguments,
        CancellationToken cancellationToken
    )
    {
        using var interruption = new Interruption();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(interruption.Graceful, cancellationToken);
        try
        {
            return isDemonstration
                ? await DemonstrateAsync(arguments, interruption.Immediate, stopping.Token).ConfigureAwait(false)
                : await ServeAsync(Options(arguments), null, interruption.Immediate, stopping.Token)
                    .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or CryptographicException)
        {
            await Console
                .Error.WriteLineAsync($"godwit: the Hub cannot be started: {refused.Message}")
                .ConfigureAwait(false);
            return ExitCodes.Stopped;
        }
    }

    /// <summary>Packs a Hub's folder into an encrypted file.</summary>
    internal static async Task<int> BackupAsync(string folder, string file, CancellationToken cancellationToken)
    {
        try
        {
            var options = OptionsOf(folder);
            await HubBackup
                .WriteAsync(
                    options,
                    file,
                    await PassphraseAsync(cancellationToken).ConfigureAwait(false),
                    cancellationToken
                )
                .ConfigureAwait(false);
            await Console
                .Out.WriteLineAsync(
                    options.Database is null
                        ? $"Packed into {file}. Without the passphrase it is of no use: keep it elsewhere."
                        : $"Packed into {file}, without the database, which is in PostgreSQL: dump that, too (pg_dump)."
                )
                .ConfigureAwait(false);
            return ExitCodes.Success;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"godwit: {refused.Message}").ConfigureAwait(false);
            return ExitCodes.Stopped;
        }
    }

    private static async Task<string> PassphraseAsync(CancellationToken cancellationToken) =>
        Environment.GetEnvironmentVariable(PassphraseVariable) is { Length: > 0 } named
            ? named
            : await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? "";

    private static HubOptions OptionsOf(string folder) =>
        Options(new(folder, new(IPAddress.Loopback, 0), null, null, null, []));

    /// <summary>Puts a backup back and marks the folder for it, or takes the mark away.</summary>
    internal static async Task<int> RestoreAsync(
        string folder,
        string? backup,
        bool isDone,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (backup is not null)
            {
                var passphrase = await PassphraseAsync(cancellationToken).ConfigureAwait(false);
                await HubBackup.ReadAsync(backup, folder, passphrase, cancellationToken).ConfigureAwait(false);
            }

            var isMarked = await HubRestore
                .RunAsync(OptionsOf(folder), isDone, TimeProvider.System, cancellationToken)
                .ConfigureAwait(false);
            await Console
                .Out.WriteLineAsync(
                    !isDone
                        ? "The Hub gives no orders when it is started now. Once every host has reported: godwit hub restore --done"
                    : isMarked ? "The Hub gives orders again from its next start on."
                    : "There was nothing to take back: the Hub gives orders."
                )
                .ConfigureAwait(false);
            return ExitCodes.Success;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"godwit: {refused.Message}").ConfigureAwait(false);
            return ExitCodes.Stopped;
        }
    }

    private static HubOptions Options(HubArguments arguments)
    {
        var options = new HubOptions
        {
            DataDirectory = arguments.Folder,
            Listen = arguments.Listen,
            Url = arguments.Url,
            CertificateFile = arguments.Certificate,
            MailFrom = arguments.MailFrom ?? $"godwit@{Dns.GetHostName()}",
            Smtp = Environment.GetEnvironmentVariable(SmtpVariable) is { Length: > 0 } server ? new Uri(server) : null,
            AllowedNetworks = arguments.AllowedNetworks,
            TrustedProxies = arguments.TrustedProxies ?? [],
            SupportAddress = arguments.SupportAddress,
            AtlasUrl = new(
                Environment.GetEnvironmentVariable(AtlasVariable) is { Length: > 0 } atlas
                    ? atlas
                    : "https://cloud.mongodb.com/"
            ),
            Database = Environment.GetEnvironmentVariable(DatabaseVariable) is { Length: > 0 } database
                ? database
                : null,
        };
        return arguments.Settings?.Invoke(options) ?? options;
    }

    /// <summary>On loopback and in a folder of its own, whatever else was said: it is for trying, and leaves nothing.</summary>
    private static async Task<int> DemonstrateAsync(
        HubArguments arguments,
        CancellationToken immediate,
        CancellationToken stopping
    )
    {
        await Console
            .Out.WriteLineAsync("Starting a demonstration: four clusters on Sandboxes, a migration host, a Hub.")
            .ConfigureAwait(false);
        var folder = Directory.CreateTempSubdirectory("godwit-demo-hub-").FullName;
        try
        {
            var demo = await HubDemo.StartAsync(DemoOrders, TimeProvider.System, stopping).ConfigureAwait(false);
            await using (demo.ConfigureAwait(false))
            {
                var options = Options(arguments) with
                {
                    DataDirectory = folder,
                    Listen = new(IPAddress.Loopback, arguments.Listen.Port),
                    Demonstration = demo.Demonstration,
                };
                return await ServeAsync(options, demo, immediate, stopping).ConfigureAwait(false);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> ServeAsync(
        HubOptions options,
        HubDemo? demo,
        CancellationToken immediate,
        CancellationToken stopping
    )
    {
        var hub = await HubServer
            .StartAsync(options, TimeProvider.System, stopping, new HubPages())
            .ConfigureAwait(false);
        await using (hub.ConfigureAwait(false))
        {
            if (demo is not null)
            {
                await demo.LinkAsync(hub, stopping).ConfigureAwait(false);
            }

            await SayAsync(hub).ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await hub.StopAsync(immediate).ConfigureAwait(false);
        }

        return ExitCodes.Success;
    }

    private static async Task SayAsync(HubServer hub)
    {
        await Console.Out.WriteLineAsync($"Godwit Hub listens on {hub.Url}").ConfigureAwait(false);
        if (hub.SignInLink is { } link)
        {
            await Console.Out.WriteLineAsync($"Sign in as its administrator, once, at {link}").ConfigureAwait(false);
        }

        if (hub.IsQuarantined)
        {
            await Console
                .Out.WriteLineAsync(
                    "It was restored: it gives no orders. Once every host has reported, stop it and say: godwit hub restore --done"
                )
                .ConfigureAwait(false);
        }

        await Console.Out.FlushAsync().ConfigureAwait(false);
    }
}
