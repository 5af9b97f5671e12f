using Godwit.Sync;

namespace Godwit.Cli.Verbs;

/// <summary>One run of <c>godwit sync</c>, until it is told to stop or cannot go on without a person.</summary>
internal static class SyncRun
{
    internal static async Task<int> RunAsync(string? file, IReadOnlyDictionary<string, string> given)
    {
        SyncOptions options;
        try
        {
            var text = file is null ? null : await File.ReadAllTextAsync(file).ConfigureAwait(false);
            options = SyncArguments.Read(text, given);
        }
        catch (Exception wrong) when (wrong is FormatException or IOException or UnauthorizedAccessException)
        {
            return await FailAsync(ExitCodes.Usage, wrong.Message).ConfigureAwait(false);
        }

        using var interruption = new Interruption();
        try
        {
            var server = await SyncServer
                .StartAsync(options, TimeProvider.System, interruption.Graceful)
                .ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                await Console.Error.WriteLineAsync($"godwit sync listens on {server.Url}").ConfigureAwait(false);
                return await WatchAsync(server, interruption).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(ExitCodes.Stopped, $"the service cannot be started: {refused.Message}")
                .ConfigureAwait(false);
        }
    }

    private static async Task<int> WatchAsync(SyncServer server, Interruption interruption)
    {
        var told = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, interruption.Graceful);
        if (await Task.WhenAny(server.Ended, told).ConfigureAwait(false) == told)
        {
            await server.StopAsync(interruption.Immediate).ConfigureAwait(false);
            return ExitCodes.Success;
        }

        var end = await server.Ended.ConfigureAwait(false);
        _ = await FailAsync(ExitCodes.Stopped, $"{end.Code}: {end.Message} {end.Remedy}").ConfigureAwait(false);
        return end.Code == "VerificationMismatch" ? ExitCodes.Different : ExitCodes.Stopped;
    }

    private static async Task<int> FailAsync(int code, string message)
    {
        await Console.Error.WriteLineAsync($"godwit: {message}").ConfigureAwait(false);
        return code;
    }
}
