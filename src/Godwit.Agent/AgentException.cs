namespace Godwit.Agent;

/// <summary>Something a person has to put right: what is wrong, under a stable code, and what to do.</summary>
internal sealed class AgentException(string code, string message, string remedy = "") : Exception(message)
{
    internal string Code { get; } = code;

    internal string Remedy { get; } = remedy;
}
