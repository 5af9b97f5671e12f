using System.CommandLine;
using System.Text.Json.Nodes;

namespace Godwit.Cli.Hubs;

/// <summary>Shows a migration each time it is another one, until it has ended; the exit code says how.</summary>
internal static class MigrationWatch
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly string[] Ended = ["COMPLETE", "REHEARSED", "FAILED", "CANCELLED", "EXPIRED"];

    internal static async Task<int> RunAsync(
        HubApi api,
        string path,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        for (var shown = ""; ; )
        {
            var state = await api.GetAsync(path, cancellationToken).ConfigureAwait(false);
            var status = (string)state!["status"]!;
            var text = parsed.AsksForJson() ? state.ToJsonString() : Line(state, status);
            if (text != shown)
            {
                shown = text;
                await Console.Out.WriteLineAsync(text).ConfigureAwait(false);
            }

            if (Ended.Contains(status))
            {
                return status is "COMPLETE" or "REHEARSED" ? ExitCodes.Success : ExitCodes.Stopped;
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Line(JsonNode state, string status)
    {
        var ready = (bool)state["readyForCutover"]! ? "   ready for cutover" : "";
        var failure = state["failure"] is { } wrong ? $"   {wrong["message"]} → {wrong["remedy"]}" : "";
        return $"{status}   {state["phase"]}   {state["progress"]?["documentsCopied"] ?? 0} documents copied{ready}{failure}";
    }
}
