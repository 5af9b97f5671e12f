using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// <c>removeShard</c>: asked for the first time it has the shard drained, asked again it tells how far that is, and removes the shard
/// when nothing is left on it (ShardingCatalogManager::removeShard).
/// </summary>
internal static class RemoveShardCommand
{
    /// <summary>Runs it.</summary>
    internal static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var given = context.Arguments.RequiredString(context.Request.Name);
        return await RemoveAsync(router.Cluster, given, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes the next step towards its removal, and tells how far that is.</summary>
    internal static async ValueTask<DocumentBuilder> RemoveAsync(
        ShardedCluster cluster,
        string given,
        CancellationToken cancellationToken
    )
    {
        var name =
            cluster.FindShard(given)?.Name
            ?? throw new CommandException(ErrorCode.ShardNotFound, $"Shard {given} does not exist");
        var reply = new DocumentBuilder();
        _ = await cluster.ChangeAsync(change => Step(change, name, reply), cancellationToken).ConfigureAwait(false);
        return reply;
    }

    private static void Step(MetadataChange change, string name, DocumentBuilder reply)
    {
        var shards = change.Where(ConfigNames.Shards, _ => true);
        var document = shards.First(shard => shard["_id"] == name);
        var others = shards.Where(shard => shard["_id"] != name).Select(ShardEntry.FromDocument).ToList();
        if (others.TrueForAll(shard => shard.IsDraining))
        {
            throw new CommandException(
                ErrorCode.IllegalOperation,
                "Operation not allowed because it would remove the last shard"
            );
        }

        var entry = ShardEntry.FromDocument(document);
        CheckZones(change, entry, others);
        var databases = change.Where(ConfigNames.Databases, database => database["primary"] == name);
        var named = databases.Select(database => database["_id"]).ToList();
        if (!entry.IsDraining)
        {
            change.Put(ConfigNames.Shards, CommandBody.With(document, ("draining", true)));
            Log(change, "removeShard.start", name);
            reply.Add("msg", "draining started successfully").Add("state", "started").Add("shard", name);
            AddDatabases(reply, named);
            return;
        }

        var chunks = change.Where(ConfigNames.Chunks, chunk => chunk["shard"] == name);
        if (chunks.Count == 0 && databases.Count == 0)
        {
            // Config servers stay, and must be able to become a shard again.
            if (
                name == ShardedCluster.ConfigShard
                && change.Where(ConfigNames.RangeDeletions, _ => true).Count is > 0 and var left
            )
            {
                reply.Add("msg", "waiting for data to be cleaned up").Add("state", "pendingDataCleanup");
                reply.Add("pendingRangeDeletions", (long)left);
                return;
            }

            change.Remove(ConfigNames.Shards, shard => shard["_id"] == name);
            Log(change, "removeShard", name);
            reply.Add("msg", "removeshard completed successfully").Add("state", "completed").Add("shard", name);
            return;
        }

        var remaining = new DocumentBuilder
        {
            { "chunks", (long)chunks.Count },
            { "dbs", (long)databases.Count },
            { "jumboChunks", (long)chunks.Count(chunk => chunk["jumbo"].IsTruthy()) },
        };
        reply.Add("msg", "draining ongoing").Add("state", "ongoing").Add("remaining", remaining);
        AddDatabases(reply, named);
    }

    private static void CheckZones(MetadataChange change, ShardEntry entry, List<ShardEntry> others)
    {
        foreach (
            var zone in entry.Zones.Where(zone =>
                others.TrueForAll(other => !other.Zones.Contains(zone, StringComparer.Ordinal))
                && change.Where(ConfigNames.Tags, tag => tag["tag"] == zone).Count > 0
            )
        )
        {
            throw new CommandException(
                ErrorCode.ZoneStillInUse,
                $"Operation not allowed because it would remove the only shard for zone {zone} which has a chunk range is associated with it"
            );
        }
    }

    private static void AddDatabases(DocumentBuilder reply, List<RawValue> databases) =>
        reply
            .Add("note", "you need to drop or movePrimary these databases")
            .Add("dbsToMove", RawValue.Array(databases));

    private static void Log(MetadataChange change, string what, string shard) =>
        ChangeLog.Add(change, what, "", new DocumentBuilder { { "shard", shard } }.Build());
}
