using Godwit.Cli.Output;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using MongoDB.Driver;

namespace Godwit.Cli.Verbs;

/// <summary>Wishes told to a migration that another process is running, through the reserved database on its destination.</summary>
internal static class MigrationControl
{
    /// <summary>How long a wish is repeated while the destination elects a primary; each is the same however often it is told.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal static Task<int> CutOverAsync(string destination, string name) =>
        TellAsync(
            destination,
            name,
            Patiently(Migration.AskForCutoverAsync),
            "Asked for the cutover; the migrating process does it when both sides are in sync."
        );

    internal static Task<int> PauseAsync(string destination, string name) =>
        TellAsync(
            destination,
            name,
            Patiently(Migration.AskForPauseAsync),
            "Asked for a pause; the migrating process stops at a checkpoint."
        );

    internal static Task<int> LimitAsync(string destination, ReadLimits limits, string name) =>
        TellAsync(
            destination,
            name,
            Patiently((there, cancellationToken) => Migration.AskForLimitsAsync(there, limits, cancellationToken)),
            $"Limits are kept with the migration, and kept to within about a second: {Words.Limits(limits)}."
        );

    internal static Task<int> CancelAsync(string source, string destination, string name, bool isReverse = false) =>
        TellAsync(
            destination,
            name,
            async (there, cancellationToken) =>
            {
                var time = TimeProvider.System;
                var here = new MongoSource(MongoAddress.Parse(source), time, Pretence.Missing());
                await using (here.ConfigureAwait(false))
                {
                    var notices = new Notices();
                    var isDone = await Migration
                        .CancelAsync(here, there, notices, time, cancellationToken)
                        .ConfigureAwait(false);
                    foreach (var notice in notices.All)
                    {
                        await SayAsync($"! {notice}").ConfigureAwait(false);
                    }

                    return isDone;
                }
            },
            isReverse
                ? "Cancelled: the reverse is forgotten, and can be begun again. What it changed in collections of the old source stays changed."
                : "Cancelled: its progress is forgotten. What was copied stays on the destination."
        );

    /// <summary>Turns a committed migration round, or finds that this was done. False, with the reason said, if it cannot be.</summary>
    internal static async Task<bool> HandOverAsync(
        string used,
        IDestinationCluster oldSource,
        CancellationToken cancellationToken
    )
    {
        var notices = new Notices();
        try
        {
            var there = new MongoDestination(MongoAddress.Parse(used), TimeProvider.System, Pretence.Missing());
            await using (there.ConfigureAwait(false))
            {
                await Migration
                    .HandOverAsync(there, oldSource, notices, TimeProvider.System, cancellationToken)
                    .ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await SayAsync("godwit: stopped; run the same command again").ConfigureAwait(false);
        }
        catch (MigrationFailedException failure)
        {
            await SayAsync($"{failure.Code}: {failure.Message}").ConfigureAwait(false);
            await SayAsync($"→ {failure.Remedy}").ConfigureAwait(false);
        }
        catch (ClusterException fault)
        {
            await SayAsync($"The {Words.Cluster(fault.Side)} failed: {fault.Message}").ConfigureAwait(false);
            await SayAsync("→ Nothing is lost. Run the same command again when it answers.").ConfigureAwait(false);
        }
        finally
        {
            foreach (var notice in notices.All)
            {
                await SayAsync($"! {notice}").ConfigureAwait(false);
            }
        }

        return false;
    }

    private static Func<IDestinationCluster, CancellationToken, Task<bool>> Patiently(
        Func<IDestinationCluster, CancellationToken, Task<bool>> wish
    ) =>
        (there, cancellationToken) =>
            RetryPolicy.Within(Patience, TimeProvider.System).RunAsync(token => wish(there, token), cancellationToken);

    private static Task SayAsync(string text) => Console.Error.WriteLineAsync(SecretText.OfText(text));

    private static async Task<int> TellAsync(
        string address,
        string name,
        Func<IDestinationCluster, CancellationToken, Task<bool>> wish,
        string done
    )
    {
        using var interruption = new Interruption();
        try
        {
            var destination = new MongoDestination(
                MongoAddress.Parse(address),
                TimeProvider.System,
                Pretence.Missing(),
                name
            );
            await using (destination.ConfigureAwait(false))
            {
                if (!await wish(destination, interruption.Graceful).ConfigureAwait(false))
                {
                    return await FailAsync(
                            ExitCodes.Stopped,
                            name.Length == 0
                                ? "no migration is recorded on this destination"
                                : $"no migration named {name} is recorded on this destination"
                        )
                        .ConfigureAwait(false);
                }
            }

            await Console.Out.WriteLineAsync(done).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        catch (MongoConfigurationException malformed)
        {
            return await FailAsync(ExitCodes.Usage, malformed.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            return await FailAsync(ExitCodes.Interrupted, "stopped before the destination had answered")
                .ConfigureAwait(false);
        }
        catch (MigrationFailedException failure)
        {
            return await FailAsync(ExitCodes.Stopped, $"{failure.Message} {failure.Remedy}").ConfigureAwait(false);
        }
        catch (ClusterException fault)
        {
            return await FailAsync(ExitCodes.Stopped, fault.Message).ConfigureAwait(false);
        }
    }

    private static async Task<int> FailAsync(int code, string message)
    {
        await Console.Error.WriteLineAsync($"godwit: {SecretText.OfText(message)}").ConfigureAwait(false);
        return code;
    }
}
