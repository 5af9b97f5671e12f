using Godwit.Bson;

namespace Godwit.Engine.Ports;

/// <summary>A shard and the zones it is in.</summary>
internal sealed record ZonedShard(string Name, IReadOnlyList<string> Zones);

/// <summary>A part of a collection's shard keys that belongs to a zone.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Minimum">First key, inclusive.</param>
/// <param name="Maximum">First key no more inside.</param>
/// <param name="Zone">The zone.</param>
internal sealed record ZoneRange(Namespace Collection, RawDocument Minimum, RawDocument Maximum, string Zone);

/// <summary>The zones of a sharded cluster; a replica set has no shards and no ranges.</summary>
/// <param name="Shards">All shards in the order of their names, with their zones.</param>
/// <param name="Ranges">All ranges.</param>
/// <param name="Keys">The keys of the sharded collections.</param>
internal sealed record ZoneMap(
    IReadOnlyList<ZonedShard> Shards,
    IReadOnlyList<ZoneRange> Ranges,
    IReadOnlyDictionary<Namespace, ShardKey> Keys
);
