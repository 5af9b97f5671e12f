namespace Godwit.Agent.Inventory;

/// <summary>A cluster that a person on the source side has given to this host (A07). It never leaves the host with its secrets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ConnectionString">With user and password, where there are any.</param>
/// <param name="IsManaged">Whether its credentials may be used to migrate, too (P14).</param>
/// <param name="ProjectId">Its project; <see langword="null"/> for the default one.</param>
internal sealed record InventoryEntry(string Name, string ConnectionString, bool IsManaged, string? ProjectId = null)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => Name;
}
