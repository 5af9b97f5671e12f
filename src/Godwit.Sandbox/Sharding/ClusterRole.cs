namespace Godwit.Sandbox.Sharding;

/// <summary>What a process is in a sharded cluster.</summary>
internal enum ClusterRole
{
    /// <summary>It belongs to none.</summary>
    None,

    /// <summary>A member of a shard.</summary>
    Shard,

    /// <summary>A config server.</summary>
    Config,

    /// <summary>A router (mongos).</summary>
    Router,
}
