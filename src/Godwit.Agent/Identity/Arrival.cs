namespace Godwit.Agent.Identity;

/// <summary>That an agent has got through to its Hub: written once a process, so that whoever has replaced its program sees whether that links.</summary>
/// <param name="Version">Godwit's version there.</param>
/// <param name="Instance">Which life of the process.</param>
/// <param name="At">When.</param>
internal sealed record Arrival(string Version, string Instance, DateTimeOffset At)
{
    private const string File = "arrival.json";

    internal static Arrival? Read(AgentFolder folder) => folder.Read<Arrival>(File);

    internal void Keep(AgentFolder folder) => folder.Write(File, this);
}
