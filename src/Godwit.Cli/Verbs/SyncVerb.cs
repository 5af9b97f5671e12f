using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit sync</c>: the engine behind mongosync's HTTP API, with mongosync's flags and configuration file.</summary>
internal static class SyncVerb
{
    private const string ValueName = "VALUE";

    /// <summary>Flags with a value, by their names; the same are the keys of the configuration file.</summary>
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal)
    {
        ["cluster0"] = "Connection string of one cluster",
        ["cluster1"] = "Connection string of the other cluster",
        ["name"] = "Name of the migration, to run several to one destination that move different collections",
        ["port"] = "Port on 127.0.0.1 (27182)",
        ["loadLevel"] = "From 1, careful, to 4 (3)",
        ["logPath"] = "Folder of the log; standard output if left out",
        ["verbosity"] = "TRACE, DEBUG, INFO, WARN, ERROR, FATAL or PANIC (DEBUG)",
        ["spool"] = "Folder where change events wait that memory has no room for, encrypted",
        ["id"] = "Refused: one process moves all shards",
        ["hotDocIDs"] = "Accepted and not needed",
        ["createIndexesBatchSize"] = "Accepted and not needed",
        ["metricsLoggingFilepath"] = "Accepted; figures are at /metrics",
    };

    private static readonly Dictionary<string, string> Switches = new(StringComparer.Ordinal)
    {
        ["acceptDisclaimer"] = "Accepted; nothing is asked",
        ["disableTelemetry"] = "Accepted; nothing is ever sent to anybody",
        ["disableVerification"] = "Accepted; both sides are compared all the same",
        ["disableMetricsLogging"] = "Accepted; no file is written",
        ["enableCappedCollectionHandling"] = "Accepted and not needed",
        ["acceptVersion"] = "Accept server versions below the supported patch releases",
        ["acceptHistoryChange"] = "Go on although the source has another history than before",
    };

    internal static Command Create()
    {
        var file = new Option<string?>("--config")
        {
            Description = "YAML file with the same keys; what is given here goes before it",
            HelpName = "FILE",
        }.ExistingFile();
        var values = Values
            .Select(one => new Option<string[]>($"--{one.Key}") { Description = one.Value, HelpName = ValueName })
            .ToList();
        var switches = Switches
            .Select(one => new Option<bool?>($"--{one.Key}")
            {
                Description = one.Value,
                Arity = ArgumentArity.ZeroOrOne,
            })
            .ToList();
        var command = new Command(
            "sync",
            "Serves mongosync's HTTP API on 127.0.0.1; started again, it knows where the migration stands."
        )
        {
            file,
        };
        values.ForEach(command.Add);
        switches.ForEach(command.Add);
        command.SetAction(
            async (parsed, _) =>
            {
                var given = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var option in values)
                {
                    if (parsed.GetValue(option) is { Length: > 0 } some)
                    {
                        given[option.Name[2..]] = some[^1];
                    }
                }

                foreach (var option in switches)
                {
                    if (parsed.GetResult(option) is { Implicit: false })
                    {
                        given[option.Name[2..]] = parsed.GetValue(option) == false ? "false" : "true";
                    }
                }

                return await SyncRun.RunAsync(parsed.GetValue(file), given).ConfigureAwait(false);
            }
        );
        return command;
    }

    /// <summary>Whether a key of the configuration file is one of the flags.</summary>
    internal static bool IsKnown(string key) => Values.ContainsKey(key) || Switches.ContainsKey(key);
}
