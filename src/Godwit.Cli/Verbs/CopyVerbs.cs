using System.CommandLine;
using Godwit.Engine.Mongo.Administration;
using Godwit.Engine.Mongo.Connections;
using MongoDB.Driver;

namespace Godwit.Cli.Verbs;

/// <summary>
/// <c>godwit copy-users</c> and <c>godwit copy-settings</c>: what a migration leaves out, carried over when a person asks for it.
/// </summary>
internal static class CopyVerbs
{
    /// <summary>Carries over what it can from one address to another, or only says what it would.</summary>
    private delegate Task<IReadOnlyList<CarriedEntry>> Copy(
        string source,
        string destination,
        bool isDryRun,
        CancellationToken cancellationToken
    );

    /// <summary>Custom roles and users, with the passwords they have.</summary>
    internal static Command Users() =>
        Create(
            "copy-users",
            "Carries custom roles and users over, credentials included; changes none that is there. Exit 0 all, 3 some are left.",
            "roles and users",
            AccessCopy.RunAsync
        );

    /// <summary>Query settings and search indexes.</summary>
    internal static Command Settings() =>
        Create(
            "copy-settings",
            "Carries query settings and search indexes over; changes none that is there. Exit 0 all, 3 some are left.",
            "query settings and search indexes",
            SettingsCopy.RunAsync
        );

    private static Command Create(string name, string description, string what, Copy copy)
    {
        var source = ClusterOptions.Source();
        var destination = ClusterOptions.Destination();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be carried over" };
        var command = new Command(name, description) { source, destination, dryRun };
        command.SetAction(
            (parsed, _) =>
            {
                var (from, to) = (parsed.GetRequiredValue(source), parsed.GetRequiredValue(destination));
                var isDryRun = parsed.GetValue(dryRun);
                return RunAsync(what, isDryRun, token => copy(from, to, isDryRun, token));
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        string what,
        bool isDryRun,
        Func<CancellationToken, Task<IReadOnlyList<CarriedEntry>>> copy
    )
    {
        using var interruption = new Interruption();
        try
        {
            var all = await copy(interruption.Graceful).ConfigureAwait(false);
            foreach (var one in all)
            {
                var mark = one.IsThere ? "ok  " : "LEFT";
                var remark = one.Remark.Length > 0 ? $": {SecretText.OfText(one.Remark)}" : "";
                await Console.Out.WriteLineAsync($"{mark}  {one.Kind} {one.Name}{remark}").ConfigureAwait(false);
            }

            var left = all.Count(one => !one.IsThere);
            await Console
                .Out.WriteLineAsync(
                    FormattableString.Invariant($"{all.Count - left} of {all.Count} {what} are on the destination.")
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
