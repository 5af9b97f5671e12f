using Godwit.Agent.Identity;

namespace Godwit.Agent.Inventory;

/// <summary>The clusters of this host, as they are kept. Read anew each time: another process may have added one.</summary>
internal sealed class InventoryFile(AgentFolder folder)
{
    private const string Name = "clusters.json";

    internal IReadOnlyList<InventoryEntry> Read() => folder.Read<List<InventoryEntry>>(Name) ?? [];

    internal InventoryEntry? Find(string name, string projectId, string defaultProjectId) =>
        Read().FirstOrDefault(one => one.Name == name && (one.ProjectId ?? defaultProjectId) == projectId);

    /// <summary>Adds a cluster, or replaces the one of that name.</summary>
    internal void Put(InventoryEntry entry) =>
        folder.Write(Name, (List<InventoryEntry>)[.. Read().Where(one => one.Name != entry.Name), entry]);

    /// <summary>False if there is none of that name.</summary>
    internal bool Remove(string name)
    {
        var all = Read();
        folder.Write(Name, all.Where(one => one.Name != name).ToList());
        return all.Any(one => one.Name == name);
    }
}
