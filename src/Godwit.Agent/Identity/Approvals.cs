namespace Godwit.Agent.Identity;

/// <summary>
/// Destination organisations that people on the source side have agreed to migrate to (P9). A Hub alone cannot begin to read a source: until
/// somebody here has said yes, its migrations wait.
/// </summary>
internal sealed class Approvals(AgentFolder folder)
{
    private const string File = "approvals.json";

    internal bool Allows(string organizationId) =>
        folder.Read<Kept>(File) is { } kept && (kept.IsAutomatic || kept.Organizations.Contains(organizationId));

    internal void Allow(string organizationId)
    {
        var kept = folder.Read<Kept>(File) ?? new(false, []);
        folder.Write(File, kept with { Organizations = [.. kept.Organizations.Append(organizationId).Distinct()] });
    }

    /// <summary>From now on nobody here is asked.</summary>
    internal void AllowAll() =>
        folder.Write(File, (folder.Read<Kept>(File) ?? new(false, [])) with { IsAutomatic = true });

    internal sealed record Kept(bool IsAutomatic, IReadOnlyList<string> Organizations);
}
