namespace Godwit.Agent;

/// <summary>Something a person has to put right: what is wrong, under a stable code, and what to do.</summary>
internal sealed class AgentException(string code, string message, string remedy = "") : Exception(message)
{
    /// <summary>The code of a host that was let go, as the Hub says it.</summary>
    internal const string Revoked = "LINK_REVOKED";

    internal string Code { get; } = code;

    internal string Remedy { get; } = remedy;
}
