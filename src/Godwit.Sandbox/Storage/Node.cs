using Godwit.Bson;

namespace Godwit.Sandbox.Storage;

/// <summary>The state of one member: its data, catalog, oplog, clock and open transactions.</summary>
internal sealed class Node
{
    /// <summary>Time of the last operation applied here.</summary>
    internal ClusterTime LastApplied { get; } = ClusterTime.Zero;
}
