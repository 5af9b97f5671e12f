using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>What a member tells another when asked how it is.</summary>
/// <param name="Term">The latest term it knows.</param>
/// <param name="State">Its role.</param>
/// <param name="LastApplied">How far its data are.</param>
/// <param name="IsElectable">Whether it would stand for election now: it is not frozen, has not just stepped down, and serves.</param>
/// <param name="SyncSource">The slot of the member it follows; −1 for none.</param>
/// <param name="Config">The configuration it knows.</param>
/// <param name="Received">When this was heard, on the asker's clock.</param>
internal sealed record Heartbeat(
    long Term,
    MemberState State,
    OpTime LastApplied,
    bool IsElectable,
    int SyncSource,
    ReplicaConfig? Config,
    DateTimeOffset Received
);
