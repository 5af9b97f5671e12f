using System.Globalization;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;
using Godwit.Sync;
using Godwit.Sync.Configuration;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;

namespace Godwit.Cli.Verbs;

/// <summary>Turns mongosync's flags and configuration file into options.</summary>
internal static class SyncArguments
{
    private const int LoadLevelMin = 1;
    private const int LoadLevelMax = 4;
    private const int PortMax = 65_535;

    /// <summary>Flags that were given go before the keys of the file.</summary>
    /// <exception cref="FormatException">Something is missing or malformed; the message names it.</exception>
    internal static SyncOptions Read(string? fileText, IReadOnlyDictionary<string, string> given)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in ConfigFile.Read(fileText ?? ""))
        {
            if (!SyncVerb.IsKnown(key))
            {
                throw new FormatException($"the configuration file has an unknown key '{key}'");
            }

            all[key] = value;
        }

        foreach (var (key, value) in given)
        {
            all[key] = value;
        }

        if (all.ContainsKey("id"))
        {
            throw new FormatException("--id is not needed: one process moves all shards. Start one, without it");
        }

        return new()
        {
            Cluster0 = Address(all, "cluster0"),
            Cluster1 = Address(all, "cluster1"),
            Name = Name(all),
            Port = Number(all, "port", SyncOptions.DefaultPort, 0, PortMax),
            LoadLevel = Number(all, "loadLevel", 3, LoadLevelMin, LoadLevelMax),
            LogPath = all.GetValueOrDefault("logPath"),
            Verbosity = Verbosity(all.GetValueOrDefault("verbosity", "DEBUG")),
            SpoolDirectory = all.GetValueOrDefault("spool"),
            AcceptVersion = Flag(all, "acceptVersion"),
            AcceptHistoryChange = Flag(all, "acceptHistoryChange"),
            Remarks = Flag(all, "disableVerification")
                ? ["disableVerification: both sides are compared all the same; commit waits for it."]
                : [],
        };
    }

    private static string Address(Dictionary<string, string> all, string name)
    {
        var address = all.GetValueOrDefault(name) ?? throw new FormatException($"--{name} is needed");
        try
        {
            _ = MongoAddress.Parse(address);
            return address;
        }
        catch (MongoConfigurationException malformed)
        {
            throw new FormatException($"--{name}: {SecretText.OfText(malformed.Message)}", malformed);
        }
    }

    private static string Name(Dictionary<string, string> all) =>
        all.GetValueOrDefault("name", "") is var name && (name.Length == 0 || ReservedNames.IsNameOfMigration(name))
            ? name
            : throw new FormatException("--name takes up to 32 lower-case letters, digits and hyphens");

    private static int Number(Dictionary<string, string> all, string name, int otherwise, int least, int most) =>
        !all.TryGetValue(name, out var text) ? otherwise
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new FormatException(
            FormattableString.Invariant($"--{name} must lie between {least} and {most}, not '{text}'")
        );

    private static bool Flag(Dictionary<string, string> all, string name) =>
        all.GetValueOrDefault(name, "false") switch
        {
            "true" => true,
            "false" => false,
            var other => throw new FormatException($"--{name} must be true or false, not '{other}'"),
        };

    private static LogLevel Verbosity(string word) =>
        word switch
        {
            "TRACE" => LogLevel.Trace,
            "DEBUG" => LogLevel.Debug,
            "INFO" => LogLevel.Information,
            "WARN" => LogLevel.Warning,
            "ERROR" => LogLevel.Error,
            "FATAL" or "PANIC" => LogLevel.Critical,
            _ => throw new FormatException(
                $"--verbosity must be TRACE, DEBUG, INFO, WARN, ERROR, FATAL or PANIC, not '{word}'"
            ),
        };
}
