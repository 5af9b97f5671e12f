using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>
/// The first chunks of a collection that is being sharded (initial_split_policy.cpp): by its zones where it is empty and has some,
/// spread over the shards where it is empty and its key begins hashed, else one.
/// </summary>
internal sealed class InitialChunks(
    ShardedCluster cluster,
    ShardKeyPattern key,
    IReadOnlyList<Zone> zones,
    string primary,
    bool isEmpty
)
{
    /// <summary>How many chunks a hashed collection begins with on each shard: two before 8.0.</summary>
    internal required int CountPerShard { get; init; }

    /// <summary>How many chunks a hashed collection begins with, where that was asked for.</summary>
    internal int? Count { get; init; }

    /// <summary>Whether zones of a hashed key are cut as well.</summary>
    internal bool Presplits { get; init; }

    private List<string> Shards
    {
        get
        {
            var receiving = cluster.Receiving.Select(shard => shard.Name).ToList();
            List<string> ordered =
            [
                .. receiving.Where(name => name != primary),
                .. receiving.Where(name => name == primary),
            ];
            return ordered.Count == 0 ? [primary] : ordered;
        }
    }

    /// <summary>The chunks, each with its shard.</summary>
    internal IReadOnlyList<Chunk> Make(ClusterTime since)
    {
        if (Presplits)
        {
            PresplitRules.Check(key, zones, isEmpty);
        }

        if (isEmpty && zones.Count > 0)
        {
            return ByZones(since);
        }

        var isSpread = isEmpty && key.IsHashed && key.Source.First().Value.Type == BsonType.String;
        IReadOnlyList<string> shards = isSpread ? Shards : [primary];
        var points = isSpread ? ChunkMath.HashedPoints(key, Count ?? (CountPerShard * shards.Count)) : [];
        return ChunkMath.First(key, points, shards, since, cluster.Time);
    }

    private List<Chunk> ByZones(ClusterTime since)
    {
        var chunks = new List<Chunk>();
        var (holes, turns) = (0, new Dictionary<string, int>(StringComparer.Ordinal));
        var shards = Shards;
        var last = key.Minimum;
        foreach (var zone in zones)
        {
            if (zone.Shards.Count == 0)
            {
                throw new CommandException(
                    ErrorCode.CannotCreateChunkDistribution,
                    "The initial split policy is not able to find a chunk distribution that satisfies the given set of zones with the current shards"
                );
            }

            if (!last.Equals(zone.Minimum))
            {
                Add(last, zone.Minimum, shards[holes++ % shards.Count]);
            }

            if (Presplits)
            {
                Presplit(zone, Add);
            }
            else
            {
                var turn = turns.GetValueOrDefault(zone.Name);
                turns[zone.Name] = turn + 1;
                Add(zone.Minimum, zone.Maximum, zone.Shards[turn % zone.Shards.Count]);
            }

            last = zone.Maximum;
        }

        if (!last.Equals(key.Maximum))
        {
            Add(last, key.Maximum, shards[holes % shards.Count]);
        }

        return chunks;

        void Add(RawDocument minimum, RawDocument maximum, string shard) =>
            chunks.Add(
                ChunkMath.Make(
                    key,
                    (minimum, maximum),
                    shard,
                    new(1, (uint)chunks.Count),
                    [(since, shard)],
                    cluster.Time
                )
            );
    }

    /// <summary>Cuts a zone by its hashes, so that each of its shards gets as many chunks of all its zones as without zones.</summary>
    private void Presplit(Zone zone, Action<RawDocument, RawDocument, string> add)
    {
        var owners = new List<string>();
        foreach (var shard in zone.Shards)
        {
            var ofShard = zones.Count(other => other.Shards.Contains(shard, StringComparer.Ordinal));
            owners.AddRange(Enumerable.Repeat(shard, (CountPerShard + ofShard - 1) / ofShard));
        }

        var prefix = zone.Minimum.TakeWhile(element => key.Source[element.Name].Type != BsonType.String).ToList();
        var points = ChunkMath.HashedPoints(key, owners.Count, prefix);
        for (var i = 0; i < owners.Count; i++)
        {
            add(i == 0 ? zone.Minimum : points[i - 1], i == points.Count ? zone.Maximum : points[i], owners[i]);
        }
    }
}
