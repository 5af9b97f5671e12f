using System.CommandLine;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using MongoDB.Driver;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit copy-users</c>: custom roles and users, with the passwords they have.</summary>
internal static class CopyUsersVerb
{
    internal static Command Create()
    {
        var source = ClusterOptions.Source();
        var destination = ClusterOptions.Destination();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be carried over" };
        var command = new Command(
            "copy-users",
            "Carries custom roles and users over, credentials included; changes none that is there. Exit 0 all, 3 some are left."
        )
        {
            source,
            destination,
            dryRun,
        };
        command.SetAction(
            (parsed, _) =>
                RunAsync(parsed.GetRequiredValue(source), parsed.GetRequiredValue(destination), parsed.GetValue(dryRun))
        );
        return command;
    }

    private static async Task<int> RunAsync(string source, string destination, bool isDryRun)
    {
        using var interruption = new Interruption();
        try
        {
            var all = await AccessCopy
                .RunAsync(source, destination, isDryRun, interruption.Graceful)
                .ConfigureAwait(false);
            foreach (var one in all)
            {
                var mark = one.IsThere ? "ok  " : "LEFT";
                var remark = one.Remark.Length > 0 ? $": {SecretText.OfText(one.Remark)}" : "";
                await Console.Out.WriteLineAsync($"{mark}  {one.Kind} {one.Name}{remark}").ConfigureAwait(false);
            }

            var left = all.Count(one => !one.IsThere);
            await Console
                .Out.WriteLineAsync(
                    FormattableString.Invariant(
                        $"{all.Count - left} of {all.Count} roles and users are on the destination."
                    )
                )
                .ConfigureAwait(false);
            return left == 0 || isDryRun ? ExitCodes.Success : ExitCodes.Different;
        }
        catch (MongoConfigurationException malformed)
        {
            return await FailAsync(ExitCodes.Usage, malformed.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            return await FailAsync(ExitCodes.Interrupted, "stopped; run it again to go on").ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is MongoException or TimeoutException)
        {
            return await FailAsync(ExitCodes.Stopped, refused.Message).ConfigureAwait(false);
        }
    }

    private static async Task<int> FailAsync(int code, string message)
    {
        await Console.Error.WriteLineAsync($"godwit: {SecretText.OfText(message)}").ConfigureAwait(false);
        return code;
    }
}
