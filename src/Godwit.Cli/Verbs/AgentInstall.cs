using System.ComponentModel;
using System.Diagnostics;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit agent install</c>: makes the agent a service of systemd.</summary>
internal static class AgentInstall
{
    /// <summary>The unit's file.</summary>
    internal const string Resource = "godwit-agent.service";

    /// <summary>Writes the unit, and starts it unless told not to or without systemd.</summary>
    /// <param name="data">The agent's folder.</param>
    /// <param name="user">The user it runs as.</param>
    /// <param name="unitDirectory">Where units are.</param>
    /// <param name="isStarted">Whether to enable and start it.</param>
    internal static async Task<int> RunAsync(string data, string user, string unitDirectory, bool isStarted)
    {
        var program = Environment.ProcessPath;
        if (program is null || Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            await Console
                .Error.WriteLineAsync("godwit: a service needs the published program, not 'dotnet godwit.dll'")
                .ConfigureAwait(false);
            return ExitCodes.Refused;
        }

        try
        {
            var file = Path.Combine(unitDirectory, Resource);
            await File.WriteAllTextAsync(file, Compose(program, Path.GetFullPath(data), user)).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"Wrote {file}").ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            await Console
                .Error.WriteLineAsync(
                    $"godwit: {refused.Message} Units are written by root: run it with sudo, or name another folder by --unit-directory."
                )
                .ConfigureAwait(false);
            return ExitCodes.Refused;
        }

        if (!isStarted)
        {
            await Console
                .Out.WriteLineAsync("To start it: systemctl daemon-reload && systemctl enable --now godwit-agent")
                .ConfigureAwait(false);
            return ExitCodes.Success;
        }

        return
            await SystemctlAsync("daemon-reload").ConfigureAwait(false)
            && await SystemctlAsync("enable", "--now", "godwit-agent").ConfigureAwait(false)
            ? ExitCodes.Success
            : ExitCodes.Stopped;
    }

    /// <summary>The unit of this program, folder and user.</summary>
    internal static string Compose(string program, string data, string user)
    {
        using var stream = typeof(AgentInstall).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return reader
            .ReadToEnd()
            .Replace("{PROGRAM}", Quote(program), StringComparison.Ordinal)
            .Replace("{DATA}", Quote(data), StringComparison.Ordinal)
            .Replace("{USER}", user, StringComparison.Ordinal);
    }

    /// <summary>As units want it: quoted where there are blanks, and no specifier of systemd's by accident.</summary>
    private static string Quote(string path)
    {
        var escaped = path.Replace("%", "%%", StringComparison.Ordinal);
        return escaped.Contains(' ', StringComparison.Ordinal) ? $"\"{escaped}\"" : escaped;
    }

    /// <summary>Asks systemd for something.</summary>
    internal static async Task<bool> SystemctlAsync(params string[] arguments)
    {
        try
        {
            using var process = Process.Start("systemctl", arguments);
            await process.WaitForExitAsync().ConfigureAwait(false);
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            await Console
                .Error.WriteLineAsync("godwit: there is no systemd here; start 'godwit agent run' by what there is")
                .ConfigureAwait(false);
            return false;
        }
    }
}
