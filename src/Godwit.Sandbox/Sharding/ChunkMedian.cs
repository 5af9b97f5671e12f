using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>Finds the key in the middle of a chunk's documents.</summary>
internal static class ChunkMedian
{
    /// <summary>The key in the middle.</summary>
    internal static readonly ShardTask FindTask = ShardTask.Of(
        "chunkMedian",
        (member, input) =>
        {
            var collection = ShardedCollection.FromArgument(input["collection"]);
            return new() { { "key", Find(member.Node, collection, collection.Chunks[0]) } };
        }
    );

    /// <summary>Finds it.</summary>
    internal static async ValueTask<RawDocument> FindAsync(
        ShardedCluster cluster,
        ShardedCollection collection,
        Chunk chunk,
        CancellationToken cancellationToken
    )
    {
        var found = await cluster
            .Shard(chunk.Shard)
            .DoAsync(FindTask, new() { { "collection", collection.ToArgument([chunk]) } }, cancellationToken)
            .ConfigureAwait(false);
        return found["key"].AsDocument;
    }

    private static RawDocument Find(Node node, ShardedCollection collection, Chunk chunk)
    {
        using var view = node.View();
        var keys = new List<(byte[] Encoded, RawDocument Key)>();
        if (view.Catalog.Find(collection.Namespace) is { } found)
        {
            foreach (var record in new CollectionReader(view, found).Scan())
            {
                if (collection.Key.TryKeyOf(record.Document) is { } key && chunk.Contains(collection.Key.Encode(key)))
                {
                    keys.Add((collection.Key.Encode(key), key));
                }
            }
        }

        if (keys.Count == 0)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "cannot use split with find or bounds option on an empty collection"
            );
        }

        keys.Sort((left, right) => left.Encoded.AsSpan().SequenceCompareTo(right.Encoded));
        return keys[keys.Count / 2].Key is var middle && !middle.Equals(chunk.Minimum)
            ? middle
            : throw new CommandException(ErrorCode.CannotSplit, "unable to find split point in chunk");
    }
}
