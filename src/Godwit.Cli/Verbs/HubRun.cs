using System.Net;
using System.Security.Cryptography;
using Godwit.Hub.Hosting;

namespace Godwit.Cli.Verbs;

/// <summary>One run of <c>godwit hub</c>, until it is told to stop.</summary>
internal static class HubRun
{
    internal static async Task<int> RunAsync(
        string folder,
        IPEndPoint listen,
        Uri? url,
        string? certificate,
        CancellationToken cancellationToken
    )
    {
        using var interruption = new Interruption();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(interruption.Graceful, cancellationToken);
        try
        {
            var options = new HubOptions
            {
                DataDirectory = folder,
                Listen = listen,
                Url = url,
                CertificateFile = certificate,
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
