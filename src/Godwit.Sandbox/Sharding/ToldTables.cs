using System.Diagnostics.CodeAnalysis;

namespace Godwit.Sandbox.Sharding;

/// <summary>The routing tables that routers of another process have told a shard, by the names they gave them; the last ones only.</summary>
internal sealed class ToldTables
{
    private const int Kept = 16;
    private readonly Lock gate = new();
    private readonly List<(string Id, RoutingTable Table)> tables = [];

    /// <summary>A table by its name.</summary>
    internal bool TryGet(string id, [NotNullWhen(true)] out RoutingTable? table)
    {
        lock (gate)
        {
            table = tables.Find(one => one.Id == id).Table;
            return table is not null;
        }
    }

    /// <summary>Keeps a table.</summary>
    internal void Add(string id, RoutingTable table)
    {
        lock (gate)
        {
            tables.Add((id, table));
            if (tables.Count > Kept)
            {
                tables.RemoveAt(0);
            }
        }
    }
}
