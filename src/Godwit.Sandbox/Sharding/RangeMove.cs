using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>Moves a range to another shard, cutting the chunk it is in where it begins and ends: <c>moveRange</c>, and the balancer.</summary>
internal sealed class RangeMove(ShardedCluster cluster, ShardedCollection collection, ShardServer to)
{
    /// <summary>The key at which a chunk is full.</summary>
    internal static readonly ShardTask FullAtTask = ShardTask.Of("fullAt", FullAt);

    /// <summary>Moves it.</summary>
    /// <param name="minimum">Where it begins; without it, where the chunk does that ends at the maximum.</param>
    /// <param name="maximum">Where it ends; without it, where as much is in it as one chunk may hold, or the chunk ends.</param>
    /// <param name="waits">Whether to wait until the old owner has removed its documents.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async ValueTask RunAsync(
        RawDocument? minimum,
        RawDocument? maximum,
        bool waits,
        CancellationToken cancellationToken
    )
    {
        var chunk = minimum is { } low ? collection.ChunkOf(low) : ChunkEndingAt(maximum!.Value);
        if (chunk.Shard != to.Name)
        {
            await new Migration(cluster, collection, chunk, to)
                .CheckOrphansAsync(cancellationToken)
                .ConfigureAwait(false);
            maximum ??= await FullAtAsync(chunk, minimum ?? chunk.Minimum, cancellationToken).ConfigureAwait(false);
        }

        foreach (var bound in new[] { minimum, maximum }.OfType<RawDocument>())
        {
            await ChunkSplit.EnsureAsync(cluster, collection.Namespace, bound, cancellationToken).ConfigureAwait(false);
        }

        var newest = cluster.Table.Find(collection.Namespace) ?? collection;
        chunk = newest.ChunkOf(minimum ?? chunk.Minimum);
        if (chunk.Shard != to.Name)
        {
            await new Migration(cluster, newest, chunk, to, waits).RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private Chunk ChunkEndingAt(RawDocument maximum)
    {
        var upper = collection.Key.Encode(maximum);
        return collection.Chunks.First(chunk => chunk.Upper.AsSpan().SequenceCompareTo(upper) >= 0);
    }

    /// <summary>
    /// The key at which as many documents lie behind the minimum as a chunk of the collection's size holds, by their average size;
    /// nothing where the chunk holds fewer (computeOtherBound, shardsvr_move_range_command.cpp).
    /// </summary>
    private async ValueTask<RawDocument?> FullAtAsync(
        Chunk chunk,
        RawDocument minimum,
        CancellationToken cancellationToken
    )
    {
        var bytesMax = await BalancerSettings
            .ChunkBytesAsync(cluster, collection, cancellationToken)
            .ConfigureAwait(false);
        var found = await cluster
            .Shard(chunk.Shard)
            .DoAsync(
                FullAtTask,
                new()
                {
                    { "collection", collection.ToArgument([chunk]) },
                    { "minimum", minimum },
                    { "bytesMax", bytesMax },
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return found["key"] is { Type: BsonType.Document } key ? key.AsDocument : null;
    }

    private static DocumentBuilder FullAt(Member member, TaskInput input)
    {
        var collection = ShardedCollection.FromArgument(input["collection"]);
        var key = FullAt(
            member.Node,
            collection,
            collection.Chunks[0],
            input["minimum"].AsDocument,
            input["bytesMax"].AsInt64
        );
        return new() { { "key", key ?? RawValue.Missing } };
    }

    private static RawDocument? FullAt(
        Node node,
        ShardedCollection collection,
        Chunk chunk,
        RawDocument minimum,
        long bytesMax
    )
    {
        using var view = node.View();
        if (view.Catalog.Find(collection.Uuid) is not { } found || node.Sizes[found.Ident] is not { Records: > 0 } size)
        {
            return null;
        }

        if (size.Bytes <= bytesMax)
        {
            return null;
        }

        var countMax = Math.Max(1, (int)(bytesMax / Math.Max(1, size.Bytes / size.Records)));
        var lower = collection.Key.Encode(minimum);
        var keys = new List<(byte[] Encoded, RawDocument Key)>();
        foreach (var record in new CollectionReader(view, found).Scan())
        {
            if (
                collection.Key.TryKeyOf(record.Document) is { } key
                && collection.Key.Encode(key) is var encoded
                && chunk.Contains(encoded)
                && encoded.AsSpan().SequenceCompareTo(lower) >= 0
            )
            {
                keys.Add((encoded, key));
            }
        }

        keys.Sort((left, right) => left.Encoded.AsSpan().SequenceCompareTo(right.Encoded));
        return keys.Skip(countMax)
            .Where(key => key.Encoded.AsSpan().SequenceCompareTo(lower) > 0)
            .Where(key => key.Encoded.AsSpan().SequenceCompareTo(keys[countMax - 1].Encoded) > 0)
            .Select(key => (RawDocument?)key.Key)
            .FirstOrDefault();
    }
}
