namespace Godwit.Cli.Hubs;

/// <summary>What stands against a command to a Hub, with the exit code it ends with.</summary>
internal sealed class HubException(int exitCode, string message) : Exception(message)
{
    internal int ExitCode { get; } = exitCode;
}
