namespace Godwit.Contracts.Agents;

/// <summary>Which versions of Hub and agent go together (P20): those that are one minor version apart, either way.</summary>
internal static class VersionSkew
{
    /// <summary>How a Hub refuses an agent for its version.</summary>
    internal const string Code = "AGENT_VERSION_NOT_SUPPORTED";

    /// <summary>Why an agent and a Hub do not go together; <see langword="null"/> if they do.</summary>
    internal static string? Problem(string agent, string hub)
    {
        if (Parse(agent) is not { } theirs || Parse(hub) is not { } ours)
        {
            return $"The agent's version ({agent}) cannot be set beside the Hub's ({hub}).";
        }

        return theirs.Major == ours.Major && Math.Abs(theirs.Minor - ours.Minor) <= 1
            ? null
            : $"The agent is of version {theirs}, the Hub of {ours}: at most one minor version may lie between them. {(theirs < ours ? "Replace the agent's program (godwit agent upgrade PATH)" : "Upgrade the Hub")}.";
    }

    /// <summary>Major, minor and patch of a version, whatever else is said with it; <see langword="null"/> if it is none.</summary>
    internal static Version? Parse(string text) =>
        Version.TryParse(text.Split('+', '-')[0], out var version) && version.Build >= 0 ? version : null;
}
