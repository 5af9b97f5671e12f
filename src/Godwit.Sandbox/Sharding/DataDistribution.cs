using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>What <c>$shardedDataDistribution</c> tells: of each sharded collection, how much each shard owns, and how much it holds besides.</summary>
internal static class DataDistribution
{
    /// <summary>How much of a collection a shard owns and holds.</summary>
    internal static readonly ShardTask DescribeTask = ShardTask.Of(
        "dataDistribution",
        (member, input) =>
            Describe(member, ShardedCollection.FromArgument(input["collection"]), input["shard"].AsString)
    );

    /// <summary>Reads all sharded collections.</summary>
    internal static async ValueTask<List<RawDocument>> ReadAsync(Router router, CancellationToken cancellationToken)
    {
        var table = router.Table;
        var all = new List<RawDocument>();
        foreach (
            var collection in table.Collections.OrderBy(entry => entry.Namespace.ToString(), StringComparer.Ordinal)
        )
        {
            var shards = new ArrayBuilder();
            foreach (var name in collection.Owners())
            {
                var described = await router
                    .Cluster.Shard(name)
                    .DoAsync(
                        DescribeTask,
                        new() { { "collection", collection.ToArgument() }, { "shard", name } },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                shards.Add(described);
            }

            all.Add(
                new DocumentBuilder { { "ns", collection.Namespace.ToString() }, { "shards", shards.Build() } }.Build()
            );
        }

        return all;
    }

    private static DocumentBuilder Describe(Member member, ShardedCollection collection, string shard)
    {
        using var view = member.Node.View();
        var (owned, ownedBytes, orphaned, orphanedBytes) = (0L, 0L, 0L, 0L);
        if (view.Catalog.Find(collection.Namespace) is { } found)
        {
            foreach (var record in new CollectionReader(view, found).Scan())
            {
                if (collection.IsUnsplittable || collection.Owns(shard, record.Document, null))
                {
                    (owned, ownedBytes) = (owned + 1, ownedBytes + record.Document.Length);
                }
                else
                {
                    (orphaned, orphanedBytes) = (orphaned + 1, orphanedBytes + record.Document.Length);
                }
            }
        }

        return new()
        {
            { "shardName", shard },
            { "numOrphanedDocs", RawValue.Narrow(orphaned) },
            { "numOwnedDocuments", RawValue.Narrow(owned) },
            { "ownedSizeBytes", RawValue.Narrow(ownedBytes) },
            { "orphanedSizeBytes", RawValue.Narrow(orphanedBytes) },
        };
    }
}
