using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Preflight;

/// <summary>
/// Whether collections of a replica set can be sharded on the destination as asked: everything that its server would refuse later is named
/// now, all of it at once.
/// </summary>
internal static class ShardingChecks
{
    private const string Id = "sharding";

    /// <param name="source">Facts of the source, with the indexes of the collections that are named.</param>
    /// <param name="destination">Facts of the destination.</param>
    /// <param name="sharding">What was asked for.</param>
    /// <param name="isResumed">Whether the migration has begun already: its collections are as they were made then.</param>
    internal static Finding Check(
        ClusterFacts source,
        ClusterFacts destination,
        ShardingOptions? sharding,
        bool isResumed
    )
    {
        var isSharded = destination.Shape == ClusterShape.Sharded;
        if (source.Shape == ClusterShape.Sharded)
        {
            return sharding is not null
                ? Refuse(
                    "The source is sharded itself",
                    "Leave the sharding options out: collections arrive sharded as they are there."
                )
                : Finding.Passed(
                    Id,
                    isSharded
                        ? "Collections arrive sharded as they are on the source."
                        : "Collections arrive unsharded: the destination is a replica set."
                );
        }

        if (sharding is null)
        {
            return Finding.Passed(
                Id,
                isSharded
                    ? "Collections arrive unsharded on the sharded destination; they can be sharded later, or by sharding options (--sharding)."
                    : "Nothing is sharded."
            );
        }

        if (!isSharded)
        {
            return Refuse(
                "The destination is not a sharded cluster",
                "Leave the sharding options out, or give the address of the destination's routers (mongos)."
            );
        }

        if (isResumed)
        {
            return Finding.Passed(
                Id,
                $"It goes on with {Describe(sharding)} sharded, if that is what it has begun with."
            );
        }

        var names = source.Namespaces.ToDictionary(one => one.Name);
        var problems = sharding
            .Entries.SelectMany(entry => Problems(entry, names.GetValueOrDefault(entry.Name), sharding))
            .ToList();
        return problems.Count == 0
            ? Finding.Passed(Id, $"Sharded on the destination: {Describe(sharding)}.")
            : Finding.Failed(
                Id,
                string.Join(" ", problems),
                "Put it right on the source or change the sharding options, then start again."
            );
    }

    private static Finding Refuse(string why, string remedy) =>
        Finding.Failed(Id, $"{why}: sharding options have no meaning here.", remedy);

    private static string Describe(ShardingOptions sharding) =>
        sharding.Entries.Count == 0
            ? "nothing"
            : string.Join(", ", sharding.Entries.Select(entry => $"{entry.Name} by {entry.Key.Pattern}"));

    private static IEnumerable<string> Problems(ShardingEntry entry, NamespaceFacts? there, ShardingOptions sharding)
    {
        var (name, key) = entry;
        if (there is null)
        {
            yield return $"{name} is not on the source.";
            yield break;
        }

        if (there.Series is { } series)
        {
            if (SeriesShardKeys.OfBuckets(key, series) is null)
            {
                yield return $"{name} is a time-series collection, which can be sharded by {(series["metaField"] is { Type: BsonType.String } meta ? $"{meta.AsString} or fields in it, and behind them by " : "")}{series["timeField"].AsString}, ascending and not unique.";
            }

            yield break;
        }

        if (there.Kind != "collection" || there.IsCapped)
        {
            yield return $"{name} is a {(there.IsCapped ? "capped collection" : there.Kind)}, which cannot be sharded.";
            yield break;
        }

        var indexes = there.Indexes ?? [];
        if (!IsSupported(key, indexes) && !sharding.CreateSupportingIndexes)
        {
            yield return $"{name} has no index that supports {key.Pattern}: it must begin with these fields, and be neither sparse, partial, hidden nor with a collation. Create it, or ask for createSupportingIndexes.";
        }

        if (key.IsUnique && !indexes.Any(index => index["unique"].IsTruthy() && key.IsKeptUniqueBy(index)))
        {
            yield return $"{name} has no unique index on {key.Pattern}, so it may hold duplicates: a unique key needs that index on the source.";
        }

        foreach (var index in indexes.Where(index => index["unique"].IsTruthy() && !key.CanKeepUnique(index)))
        {
            yield return $"{name} has the unique index {index["name"].AsString} {index["key"].AsDocument}, which does not begin with the fields of {key.Pattern}: shards cannot keep it unique.";
        }

        foreach (var field in there.ArrayFields.Where(field => Has(key, field)))
        {
            yield return $"{name} has documents with an array in {field}, which cannot be a shard key.";
        }
    }

    private static bool IsSupported(ShardKey key, IReadOnlyList<RawDocument> indexes) =>
        key.IsOfIdByValue || indexes.Any(key.IsSupportedBy);

    private static bool Has(ShardKey key, string path) => key.Pattern.Any<RawElement>(field => field.Name == path);
}
