using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>Makes chunks: the first ones of a collection, and those that a split, a merge or a move leaves.</summary>
internal static class ChunkMath
{
    /// <summary>A chunk between two bounds.</summary>
    internal static Chunk Make(
        ShardKeyPattern key,
        (RawDocument Minimum, RawDocument Maximum) range,
        string shard,
        ClusterTime version,
        IReadOnlyList<(ClusterTime ValidAfter, string Shard)> history,
        TimeProvider time
    ) =>
        new()
        {
            Id = ObjectIds.New(time),
            Minimum = range.Minimum,
            Maximum = range.Maximum,
            Shard = shard,
            Version = version,
            History = history,
            Lower = key.Encode(range.Minimum),
            Upper = key.Encode(range.Maximum),
        };

    /// <summary>The chunks of a new collection: at the points, one shard after the other.</summary>
    internal static List<Chunk> First(
        ShardKeyPattern key,
        IReadOnlyList<RawDocument> points,
        IReadOnlyList<string> shards,
        ClusterTime since,
        TimeProvider time
    )
    {
        var chunks = new List<Chunk>();
        var lower = key.Minimum;
        for (var i = 0; i <= points.Count; i++)
        {
            var upper = i < points.Count ? points[i] : key.Maximum;
            var shard = shards[i * shards.Count / (points.Count + 1)];
            chunks.Add(Make(key, (lower, upper), shard, new(1, (uint)i), [(since, shard)], time));
            lower = upper;
        }

        return chunks;
    }

    /// <summary>The points that cut the hashes into equal parts.</summary>
    internal static List<RawDocument> HashedPoints(
        ShardKeyPattern key,
        int chunks,
        IReadOnlyList<RawElement>? prefix = null
    )
    {
        if (chunks == 1)
        {
            return [];
        }

        var interval = long.MaxValue / chunks * 2;
        var values = new SortedSet<long>();
        var current = 0L;
        if (chunks % 2 == 0)
        {
            values.Add(0);
            current += interval;
        }
        else
        {
            current += interval / 2;
        }

        for (var i = 0; i < (chunks - 1) / 2; i++)
        {
            values.Add(current);
            values.Add(-current);
            current += interval;
        }

        var hashed = key.Source.First(element => element.Value.Type == BsonType.String).Name;
        return
        [
            .. values.Select(value =>
            {
                var point = new DocumentBuilder();
                foreach (var element in prefix ?? [])
                {
                    point.Add(element);
                }

                return key.Fill(point.Add(hashed, value).Build());
            }),
        ];
    }

    /// <summary>A chunk cut at points inside it; the parts get the versions after a version.</summary>
    internal static List<Chunk> Split(
        ShardedCollection collection,
        Chunk chunk,
        IReadOnlyList<RawDocument> points,
        TimeProvider time
    )
    {
        var parts = new List<Chunk>();
        var (lower, version) = (chunk.Minimum, collection.Version);
        foreach (var upper in points.Append(chunk.Maximum))
        {
            version = new(version.Seconds, version.Increment + 1);
            var part = Make(collection.Key, (lower, upper), chunk.Shard, version, chunk.History, time);
            parts.Add(parts.Count == 0 ? part with { Id = chunk.Id } : part);
            lower = upper;
        }

        return parts;
    }
}
