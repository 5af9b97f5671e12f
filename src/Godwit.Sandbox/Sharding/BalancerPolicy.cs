namespace Godwit.Sandbox.Sharding;

/// <summary>
/// What the balancer moves next (balancer_policy.cpp of MongoDB 8.0): what lies on a shard that is to be removed, what lies outside
/// of its zone, and then from the shard with most of a zone's data to the one with least, where they are three chunks apart.
/// </summary>
/// <param name="collection">The collection.</param>
/// <param name="zones">Its zones.</param>
/// <param name="shards">All shards.</param>
/// <param name="bytes">How much of the collection each shard owns.</param>
/// <param name="chunkBytesMax">How much a chunk may hold.</param>
internal sealed class BalancerPolicy(
    ShardedCollection collection,
    IReadOnlyList<Zone> zones,
    IReadOnlyList<ShardEntry> shards,
    IReadOnlyDictionary<string, long> bytes,
    long chunkBytesMax
)
{
    private const string NoZone = "";
    private readonly List<(Chunk Chunk, string To)> moves = [];

    /// <summary>Why something is to be moved; <see langword="null"/> where nothing is.</summary>
    internal string? Reason { get; private set; }

    /// <summary>Chooses moves between shards that take part in no other; they are taken out of those available.</summary>
    internal IReadOnlyList<(Chunk Chunk, string To)> Choose(HashSet<string> available)
    {
        Drain(available);
        KeepZones(available);
        foreach (var zone in zones.Select(zone => zone.Name).Distinct(StringComparer.Ordinal).Append(NoZone))
        {
            while (Level(zone, available)) { }
        }

        return moves;
    }

    /// <summary>The zone that a chunk lies in as a whole.</summary>
    private string ZoneOf(Chunk chunk) => zones.FirstOrDefault(zone => zone.Covers(chunk))?.Name ?? NoZone;

    private void Drain(HashSet<string> available)
    {
        foreach (var shard in shards.Where(shard => shard.IsDraining && available.Contains(shard.Name)).ToList())
        {
            _ = Move(ChunksOf(shard.Name), available, "draining");
        }
    }

    private void KeepZones(HashSet<string> available)
    {
        foreach (var shard in shards.Where(shard => available.Contains(shard.Name)).ToList())
        {
            var strangers = ChunksOf(shard.Name)
                .Where(chunk =>
                    ZoneOf(chunk) is { Length: > 0 } zone && !shard.Zones.Contains(zone, StringComparer.Ordinal)
                );
            _ = Move(strangers, available, "zoneViolation");
        }
    }

    private bool Level(string zone, HashSet<string> available)
    {
        var members = shards.Where(shard => IsIn(shard, zone)).ToList();
        if (members.Count == 0 || members.Sum(shard => BytesOf(shard.Name)) is var total && total == 0)
        {
            return false;
        }

        var ideal = total / members.Count;
        var from = shards.Where(shard => available.Contains(shard.Name)).MaxBy(shard => BytesOf(shard.Name));
        var to = Receiver(zone, available);
        return from is not null
            && to is not null
            && from != to
            && BytesOf(from.Name) > ideal
            && BytesOf(to.Name) < ideal
            && BytesOf(from.Name) - BytesOf(to.Name) >= 3 * chunkBytesMax
            && Move(ChunksOf(from.Name).Where(chunk => ZoneOf(chunk) == zone), available, "chunksImbalance");
    }

    /// <summary>Moves the first of some chunks that can be moved; says whether there is one.</summary>
    private bool Move(IEnumerable<Chunk> chunks, HashSet<string> available, string reason)
    {
        foreach (var chunk in chunks.Where(chunk => chunk.IsJumbo != true))
        {
            if (Receiver(ZoneOf(chunk), available) is { } to && to.Name != chunk.Shard)
            {
                moves.Add((chunk, to.Name));
                Reason ??= reason;
                available.Remove(chunk.Shard);
                available.Remove(to.Name);
                return true;
            }
        }

        return false;
    }

    private ShardEntry? Receiver(string zone, HashSet<string> available) =>
        shards
            .Where(shard => available.Contains(shard.Name) && !shard.IsDraining && IsIn(shard, zone))
            .MinBy(shard => BytesOf(shard.Name));

    private IEnumerable<Chunk> ChunksOf(string shard) => collection.Chunks.Where(chunk => chunk.Shard == shard);

    private long BytesOf(string shard) => bytes.GetValueOrDefault(shard);

    private static bool IsIn(ShardEntry shard, string zone) =>
        zone.Length == 0 || shard.Zones.Contains(zone, StringComparer.Ordinal);
}
