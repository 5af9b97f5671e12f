using System.CommandLine;
using Godwit.Engine.Planning;

namespace Godwit.Cli.Verbs;

/// <summary><c>--sharding</c>: of a migration, and of its rehearsal.</summary>
internal static class ShardingOption
{
    internal static Option<string?> Create() =>
        new Option<string?>("--sharding")
        {
            Description =
                "Shard collections of a replica set on a sharded destination, as FILE says (JSON: shardingEntries)",
            HelpName = "FILE",
        }.ExistingFile();

    /// <summary>Runs with what the file says, or with nothing if none was given; a file that cannot be understood is a wrong use.</summary>
    internal static async Task<int> RunAsync(string? file, Func<ShardingOptions?, Task<int>> run)
    {
        ShardingOptions? read;
        try
        {
            read = file is null ? null : ShardingOptions.Parse(await File.ReadAllTextAsync(file).ConfigureAwait(false));
        }
        catch (ShardingFormatException malformed)
        {
            await Console.Error.WriteLineAsync($"godwit: --sharding {file}: {malformed.Message}").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        return await run(read).ConfigureAwait(false);
    }
}
