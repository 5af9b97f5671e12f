using System.Net;
using System.Security.Cryptography;
using Godwit.Hub.Hosting;

namespace Godwit.Cli.Verbs;

/// <summary>One run of <c>godwit hub</c>, until it is told to stop.</summary>
internal static class HubRun
{
    /// <summary>Names the mail server; its password is nobody's business who lists processes.</summary>
    private const string SmtpVariable = "GODWIT_HUB_SMTP";

    internal static async Task<int> RunAsync(HubArguments arguments, CancellationToken cancellationToken)
    {
        using var interruption = new Interruption();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(interruption.Graceful, cancellationToken);
        try
        {
            var options = new HubOptions
            {
                DataDirectory = arguments.Folder,
                Listen = arguments.Listen,
                Url = arguments.Url,
                CertificateFile = arguments.Certificate,
                MailFrom = arguments.MailFrom ?? $"godwit@{Dns.GetHostName()}",
                Smtp = Environment.GetEnvironmentVariable(SmtpVariable) is { Length: > 0 } server
                    ? new Uri(server)
                    : null,
                AllowedNetworks = arguments.AllowedNetworks,
            };
            var hub = await HubServer.StartAsync(options, TimeProvider.System, stopping.Token).ConfigureAwait(false);
            await using (hub.ConfigureAwait(false))
            {
                await SayAsync(hub).ConfigureAwait(false);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await hub.StopAsync(interruption.Immediate).ConfigureAwait(false);
            }

            return ExitCodes.Success;
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

    private static async Task SayAsync(HubServer hub)
    {
        await Console.Out.WriteLineAsync($"Godwit Hub listens on {hub.Url}").ConfigureAwait(false);
        if (hub.SignInLink is { } link)
        {
            await Console.Out.WriteLineAsync($"Sign in as its administrator, once, at {link}").ConfigureAwait(false);
        }

        await Console.Out.FlushAsync().ConfigureAwait(false);
    }
}
