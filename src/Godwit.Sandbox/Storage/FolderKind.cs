namespace Godwit.Sandbox.Storage;

/// <summary>What kind of Sandbox a data folder belongs to, which no other kind may open.</summary>
internal static class FolderKind
{
    private const string FileName = "kind";

    internal const string ReplicaSet = "a replica set";
    internal const string Standalone = "a standalone server";
    internal const string Shard = "a shard (--shardsvr)";
    internal const string ShardedCluster = "a sharded cluster (--sharded)";
    internal const string ConfigServer = "the config servers and routers of a cluster (--configsvr)";

    /// <summary>Notes whose folder it is, or finds it to be that of another kind.</summary>
    /// <exception cref="IOException">It belongs to another kind.</exception>
    internal static void Claim(string directory, string kind)
    {
        var file = Path.Combine(directory, FileName);
        var found = File.Exists(file) ? File.ReadAllText(file).Trim() : Guess(directory);
        if (found is not null && found != kind)
        {
            throw new IOException(
                $"the data in {directory} belong to {found}, not to {kind}: start it as what it was, or name another folder"
            );
        }

        if (found is null || !File.Exists(file))
        {
            _ = Directory.CreateDirectory(directory);
            File.WriteAllText(file, kind);
        }
    }

    // Of one that was written before kinds were noted, as far as it shows.
    private static string? Guess(string directory) =>
        Directory.Exists(Path.Combine(directory, "cfg")) && Directory.Exists(Path.Combine(directory, "s0"))
            ? ShardedCluster
            : null;
}
