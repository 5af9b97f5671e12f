using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>The collections in which the config servers keep the cluster's metadata.</summary>
internal static class ConfigNames
{
    internal static readonly Namespace Version = new("config", "version");
    internal static readonly Namespace Shards = new("config", "shards");
    internal static readonly Namespace Databases = new("config", "databases");
    internal static readonly Namespace Collections = new("config", "collections");
    internal static readonly Namespace Chunks = new("config", "chunks");
    internal static readonly Namespace Tags = new("config", "tags");
    internal static readonly Namespace Settings = new("config", "settings");
    internal static readonly Namespace Mongos = new("config", "mongos");
    internal static readonly Namespace ChangeLog = new("config", "changelog");
    internal static readonly Namespace ActionLog = new("config", "actionlog");

    /// <summary>Each shard's own: the ranges it has to remove.</summary>
    internal static readonly Namespace RangeDeletions = new("config", "rangeDeletions");

    /// <summary>Those a new cluster has from the beginning.</summary>
    internal static IReadOnlyList<Namespace> All { get; } =
    [Version, Shards, Databases, Collections, Chunks, Tags, Settings, Mongos, ChangeLog, ActionLog];
}
