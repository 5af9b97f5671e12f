using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary>
/// <c>mergeAllChunksOnShard</c>: puts neighbouring chunks of a shard together that have been there for longer than anybody can read
/// back (commitMergeAllChunksOnShard, sharding_catalog_manager_chunk_operations.cpp).
/// </summary>
internal static class ChunkMerging
{
    /// <summary><c>minSnapshotHistoryWindowInSeconds</c>, and as much for cursors that began before.</summary>
    private const uint WindowSeconds = 300;

    /// <summary>Runs it.</summary>
    internal static async ValueTask<DocumentBuilder> RunAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var collection = ChunkCommands.Collection(context, router);
        var shard = router.Cluster.Shard(context.Arguments.RequiredString("shard")).Name;
        _ = await router
            .Cluster.ChangeAsync(
                change => Merge(change, router.Table.Find(collection.Namespace) ?? collection, shard),
                cancellationToken
            )
            .ConfigureAwait(false);
        return [];
    }

    private static void Merge(MetadataChange change, ShardedCollection collection, string shard)
    {
        var before = change.Time.Seconds - WindowSeconds;
        var version = collection.Version;
        var run = new List<Chunk>();
        foreach (var chunk in collection.Chunks)
        {
            if (chunk.Shard == shard && chunk.IsJumbo != true && chunk.History[0].ValidAfter.Seconds < before)
            {
                run.Add(chunk);
                continue;
            }

            End();
        }

        End();

        void End()
        {
            if (run.Count > 1)
            {
                version = new(version.Seconds, version.Increment + 1);
                var (first, last, ids) = (run[0], run[^1], run.Select(chunk => chunk.Id).ToHashSet());
                var since = run.Select(chunk => chunk.History[0].ValidAfter).Aggregate(ClusterTime.Max);
                change.Remove(ConfigNames.Chunks, document => ids.Contains(document["_id"]));
                var merged = first with
                {
                    Maximum = last.Maximum,
                    Upper = last.Upper,
                    Version = version,
                    History = [(since, shard)],
                };
                change.Put(ConfigNames.Chunks, merged.ToDocument(collection.Uuid));
            }

            run.Clear();
        }
    }
}
