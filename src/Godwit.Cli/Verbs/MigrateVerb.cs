using System.CommandLine;
using Godwit.Engine.Planning;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit migrate</c>: moves a running deployment to another one, and resumes where it stopped.</summary>
internal static class MigrateVerb
{
    internal static Command Create()
    {
        var source = ClusterOptions.Source();
        var destination = ClusterOptions.Destination();
        var ignoreExisting = new Option<bool>("--ignore-existing")
        {
            Description = "Leave collections that are already on the destination as they are",
        };
        var cutover = new Option<string>("--cutover")
        {
            Description = "manual: in sync, wait for Enter or 'godwit cutover'; auto: cut over by itself",
            DefaultValueFactory = _ => "manual",
        };
        cutover.AcceptOnlyFromAmong("manual", "auto");
        var writeBlock = new Option<bool>("--write-block")
        {
            Description = "Block writes on the source at cutover (needs authentication and setUserWriteBlockMode)",
        };
        var acceptVersion = new Option<bool>("--accept-version")
        {
            Description = "Accept server versions below the supported patch releases",
        };
        var acceptHistoryChange = new Option<bool>("--accept-history-change")
        {
            Description =
                "Go on although the source is another cluster, or an older copy: compare all, copy again what differs",
        };
        var acceptFilterChange = new Option<bool>("--accept-filter-change")
        {
            Description = "Go on with another filter or mapping: copy what it adds, drop what it leaves out",
        };
        var scope = new ScopeOptions();
        var progress = new Option<ProgressForm>("--progress")
        {
            Description = "auto: live screen on a terminal, lines elsewhere; json: one object a line",
            DefaultValueFactory = _ => ProgressForm.Auto,
        };
        var report = new Option<string?>("--report")
        {
            Description = "Write the report to FILE (JSON) and beside it as a page (.html)",
            HelpName = "FILE",
        }.NewFile();
        var spool = new Option<string?>("--spool")
        {
            Description = "Let change events that memory has no room for wait in DIR, encrypted, erased at the end",
            HelpName = "DIR",
        };
        var spoolMax = new Option<int>("--spool-max")
        {
            Description = "Most megabytes the spool may take on disk",
            DefaultValueFactory = _ => 16 * 1024,
            HelpName = "MB",
        }.AtLeast(1);
        var sharding = new Option<string?>("--sharding")
        {
            Description =
                "Shard collections of a replica set on a sharded destination, as FILE says (JSON: shardingEntries)",
            HelpName = "FILE",
        }.ExistingFile();
        var zones = new Option<bool>("--zones")
        {
            Description = "Carry the zones of a sharded source over to a sharded destination at the cutover",
        };
        var pause = new Option<bool>("--pause")
        {
            Description = "Ask the process that is running this migration to stop at a checkpoint",
        };
        var cancel = new Option<bool>("--cancel")
        {
            Description =
                "Give the migration up: stop who runs it, release the source, forget its progress; the data copied so far stay",
        };
        var command = new Command("migrate", "Moves a running deployment to another one; run again, it resumes.")
        {
            source,
            destination,
            ignoreExisting,
            cutover,
            writeBlock,
            acceptVersion,
            acceptHistoryChange,
            acceptFilterChange,
            progress,
            report,
            spool,
            spoolMax,
            sharding,
            zones,
            pause,
            cancel,
        };
        var limits = new LimitOptions();
        limits.AddTo(command);
        scope.AddTo(command);
        command.SetAction(
            (parsed, _) =>
            {
                var options = new MigrateOptions(
                    parsed.GetRequiredValue(source),
                    parsed.GetRequiredValue(destination),
                    parsed.GetValue(ignoreExisting),
                    parsed.GetValue(cutover) == "auto",
                    parsed.GetValue(writeBlock),
                    parsed.GetValue(acceptVersion),
                    parsed.GetValue(acceptHistoryChange),
                    parsed.GetValue(acceptFilterChange),
                    scope.Read(parsed),
                    parsed.GetValue(progress),
                    parsed.GetValue(report),
                    parsed.GetValue(spool),
                    parsed.GetValue(spoolMax),
                    limits.Read(parsed),
                    parsed.GetValue(zones),
                    null
                );
                return (parsed.GetValue(pause), parsed.GetValue(cancel)) switch
                {
                    (true, true) => Task.FromResult(Refuse("--pause and --cancel cannot be asked for together")),
                    (true, _) => MigrationControl.PauseAsync(options.Destination),
                    (_, true) => MigrationControl.CancelAsync(options.Source, options.Destination),
                    _ => RunAsync(options, parsed.GetValue(sharding)),
                };
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(MigrateOptions options, string? sharding)
    {
        try
        {
            var read = sharding is null
                ? null
                : ShardingOptions.Parse(await File.ReadAllTextAsync(sharding).ConfigureAwait(false));
            return await new MigrateRun(options with { Sharding = read }, TimeProvider.System)
                .RunAsync()
                .ConfigureAwait(false);
        }
        catch (ShardingFormatException malformed)
        {
            return Refuse($"--sharding {sharding}: {malformed.Message}");
        }
    }

    private static int Refuse(string reason)
    {
        Console.Error.WriteLine($"godwit: {reason}");
        return ExitCodes.Usage;
    }
}
