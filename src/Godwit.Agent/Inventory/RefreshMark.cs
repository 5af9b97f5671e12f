using Godwit.Agent.Identity;

namespace Godwit.Agent.Inventory;

/// <summary>Asks the running agent, by a file of its folder, to look at all clusters at once (A04).</summary>
internal sealed class RefreshMark(AgentFolder folder)
{
    private const string File = "refresh";

    internal void Set() => folder.Write(File, Guid.NewGuid().ToString());

    /// <summary>Which time it was asked last; <see langword="null"/> for never.</summary>
    internal string? Current => folder.Read(File);
}
