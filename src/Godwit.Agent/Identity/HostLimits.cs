namespace Godwit.Agent.Identity;

/// <summary>What a host takes upon itself, kept in its folder: a person there says it, never the Hub (P9).</summary>
/// <param name="Migrations">Migrations at a time.</param>
internal sealed record HostLimits(int Migrations)
{
    private const string File = "limits.json";

    /// <summary>One at a time, unless somebody has said otherwise.</summary>
    internal static HostLimits Of(AgentFolder folder) => folder.Read<HostLimits>(File) ?? new(1);

    internal void Keep(AgentFolder folder) => folder.Write(File, this);
}
