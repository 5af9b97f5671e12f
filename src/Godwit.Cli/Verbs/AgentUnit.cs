using Godwit.Agent;

namespace Godwit.Cli.Verbs;

/// <summary>The unit that <c>godwit agent install</c> has written.</summary>
internal sealed class AgentUnit : IAgentUnit
{
    private const string Name = "godwit-agent";

    /// <inheritdoc/>
    public Task<bool> StopAsync() => AgentInstall.SystemctlAsync("stop", Name);

    /// <inheritdoc/>
    public Task<bool> StartAsync() => AgentInstall.SystemctlAsync("start", Name);

    /// <summary>The program and the folder that it names.</summary>
    /// <exception cref="AgentException">There is none, it is none of ours, or its program is not a single file.</exception>
    internal static (string Program, string Folder) Read(string unitDirectory)
    {
        var file = Path.Combine(unitDirectory, AgentInstall.Resource);
        if (!File.Exists(file))
        {
            throw new AgentException(
                "AGENT_NOT_INSTALLED",
                $"There is no {file}: only an agent that 'godwit agent install' has made a service is upgraded by itself.",
                "Stop the agent, replace its program, and start it again: its migrations go on."
            );
        }

        const string start = "ExecStart=";
        var words = Words(
            File.ReadLines(file)
                .FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))
                ?[start.Length..]
                ?? ""
        );
        if (words is not [var program, "agent", "run", "--data", var folder])
        {
            throw new AgentException(
                "AGENT_UNIT_CHANGED",
                $"{file} starts something else than an agent.",
                "Upgrade it by hand."
            );
        }

        return File.Exists(Path.Combine(Path.GetDirectoryName(program)!, "godwit.dll"))
            ? throw new AgentException(
                "AGENT_NOT_A_SINGLE_FILE",
                $"{program} is part of a folder of files: a single file cannot take its place.",
                "Stop the agent, replace the folder, and start it again; or install a single file (docs/hub-operations.md)."
            )
            : (program, folder);
    }

    /// <summary>As <see cref="AgentInstall"/> has quoted them.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        for (var at = 0; at < line.Length; )
        {
            var isQuoted = line[at] == '"';
            var from = isQuoted ? at + 1 : at;
            var to = line.IndexOf(isQuoted ? '"' : ' ', from);
            to = to < 0 ? line.Length : to;
            words.Add(line[from..to].Replace("%%", "%", StringComparison.Ordinal));
            at = to + (isQuoted ? 2 : 1);
        }

        return words;
    }
}
