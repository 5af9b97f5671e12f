using Godwit.Bson;
using Godwit.Sandbox.Indexes;
using Godwit.Sandbox.Planning;
using Godwit.Sandbox.Query;

namespace Godwit.Sandbox.Sharding;

/// <summary>Which shards a filter can find documents on: what an index on the shard key would be searched for, laid over the chunks.</summary>
internal sealed class KeyTargeting
{
    private readonly ShardedCollection collection;
    private readonly IndexKeys keys;

    internal KeyTargeting(ShardedCollection collection)
    {
        this.collection = collection;
        keys = IndexKeys.Of(new DocumentBuilder { { "key", collection.Key.Source } }.Build());
    }

    /// <summary>The shards, now or at a time; at least one.</summary>
    internal IReadOnlyList<string> ShardsOf(Filter filter, IStringCollation? collation, ClusterTime? time = null)
    {
        var found = Search(filter.Root, collation, time);
        return found.Count > 0
            ? [.. found.Order(StringComparer.Ordinal)]
            : [ShardedCollection.Owner(collection.Chunks[0], time)];
    }

    /// <summary>The shard key that a filter fixes entirely; <see langword="null"/> where it does not.</summary>
    internal RawDocument? KeyOf(Filter filter, IStringCollation? collation)
    {
        var predicates = FilterPredicates.Of(filter.Root);
        var key = new DocumentBuilder(64);
        foreach (var (path, part) in collection.Key.Paths.Zip(keys.Parts))
        {
            if (IntervalsOf(predicates, path, part, collation) is not [{ IsPoint: true } point])
            {
                return null;
            }

            key.Add(path, part.IsHashed ? HashedKey.Compute(point.Low) : point.Low);
        }

        return key.Build();
    }

    /// <summary>Whether a filter fixes <c>_id</c>.</summary>
    internal static bool FixesId(Filter filter) =>
        FilterPredicates.Of(filter.Root).Of("_id").SelectMany(test => Intervals.Of(test) ?? []).Any(i => i.IsPoint);

    private HashSet<string> Search(FilterNode root, IStringCollation? collation, ClusterTime? time)
    {
        var predicates = FilterPredicates.Of(root);
        var bounds = new IndexBounds([
            .. collection
                .Key.Paths.Zip(keys.Parts)
                .Select(pair => IntervalsOf(predicates, pair.First, pair.Second, collation)),
        ]);
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var range in bounds.Ranges(keys))
        {
            found.UnionWith(
                collection
                    .Chunks.Where(chunk =>
                        chunk.Upper.AsSpan().SequenceCompareTo(range.Lower) > 0 && BeginsBelow(chunk, range.Upper)
                    )
                    .Select(chunk => ShardedCollection.Owner(chunk, time))
            );
        }

        foreach (var alternatives in predicates.Alternatives)
        {
            found.IntersectWith(alternatives.Children.SelectMany(child => Search(child, collation, time)));
        }

        return found;
    }

    // The key that a chunk begins with, as an index has it, ends with the byte that no bound of a range has.
    private static bool BeginsBelow(Chunk chunk, ReadOnlySpan<byte> upper) =>
        ((ReadOnlySpan<byte>)[.. chunk.Lower, KeyString.End]).SequenceCompareTo(upper) < 0;

    // Strings route by their bytes: a test under a collation says nothing of where they are.
    private static IReadOnlyList<ValueInterval> IntervalsOf(
        FilterPredicates predicates,
        string path,
        IndexPart part,
        IStringCollation? collation
    )
    {
        IReadOnlyList<ValueInterval> common = [ValueInterval.All];
        foreach (var test in predicates.Of(path))
        {
            if ((collation is null || !Intervals.ComparesText(test)) && Intervals.Of(test) is { } intervals)
            {
                common =
                [
                    .. common.SelectMany(one =>
                        intervals.Select(other => one.Intersect(other, null)).OfType<ValueInterval>()
                    ),
                ];
            }
        }

        return part.IsHashed && !common.All(interval => interval.IsPoint) ? [ValueInterval.All] : common;
    }
}
