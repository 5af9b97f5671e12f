namespace Godwit.Sandbox.Replication;

/// <summary>How fast a set notices and decides; quicker than MongoDB's defaults, since all members are near each other.</summary>
internal static class ReplicaTimings
{
    /// <summary>Between two heartbeats.</summary>
    internal static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(100);

    /// <summary>Without a primary for so long, a member stands for election; a primary without a majority for so long steps down.</summary>
    internal static readonly TimeSpan ElectionTimeout = TimeSpan.FromSeconds(2);
}
