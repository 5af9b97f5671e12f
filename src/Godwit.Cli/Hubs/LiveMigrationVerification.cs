using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Cli.Output;
using Godwit.Cli.Verbs;

namespace Godwit.Cli.Hubs;

/// <summary><c>godwit liveMigrations verify</c>: compares both sides of a complete migration once more, and waits for the result.</summary>
internal static class LiveMigrationVerification
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    internal static Command Create(Option<string> id)
    {
        var noWait = new Option<bool>("--noWait")
        {
            Description = "Only ask for it; describe -o json shows the result",
        };
        return new Command(
            "verify",
            "Compares both sides of a complete migration once more. Exit 0 identical, 3 different."
        )
        {
            id,
            noWait,
            HubCommand.Project,
        }.Does(
            async (api, parsed, cancellationToken) =>
            {
                var path = $"{LiveMigrationsVerb.Own(api, parsed)}/{parsed.GetRequiredValue(id)}";
                var now = await api.SendAsync(HttpMethod.Post, $"{path}/verify", null, cancellationToken)
                    .ConfigureAwait(false);
                if (parsed.GetValue(noWait))
                {
                    await Console.Out.WriteLineAsync("Comparison requested.").ConfigureAwait(false);
                    return ExitCodes.Success;
                }

                while ((string?)now!["followUp"]!["status"] == "RUNNING")
                {
                    await Task.Delay(LookEvery, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                    now = await api.GetAsync(path, cancellationToken).ConfigureAwait(false);
                }

                return Conclude(now["followUp"]!, parsed.AsksForJson());
            }
        );
    }

    private static int Conclude(JsonNode followUp, bool asJson)
    {
        if (followUp["failure"] is { } failure)
        {
            throw new HubException(ExitCodes.Stopped, $"{failure["message"]} {failure["remedy"]}");
        }

        var result = followUp["result"]!;
        if (asJson)
        {
            HubOutput.Json(result);
        }
        else
        {
            Console.Out.WriteLine(Describe(result));
        }

        return (bool)result["identical"]! ? ExitCodes.Success : ExitCodes.Different;
    }

    private static string Describe(JsonNode result) =>
        (bool)result["identical"]!
            ? $"identical: {Words.Number((long)result["collections"]!)} collections, {Words.Number((long)result["documents"]!)} documents"
            : string.Join(
                Environment.NewLine,
                result["differences"]!
                    .AsArray()
                    .Select(one => $"{one!["collection"]} {one["key"]}: {one["what"]}")
                    .Append($"different: {Words.Number((long)result["differencesFound"]!)} differences")
            );
}
