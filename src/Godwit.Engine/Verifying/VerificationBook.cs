using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Verifying;

/// <summary>A key to compare, with what is needed to read it.</summary>
internal readonly record struct WatchedKey(FollowedCollection Collection, RawValue Id);

/// <summary>What one aligned comparison looks at: whole ranges and single keys, at a time on each side (S21).</summary>
internal sealed record VerificationRound(
    ClusterTime Source,
    IReadOnlyList<(FollowedCollection Collection, CopyRange Range)> Ranges,
    IReadOnlyDictionary<KeyHash, WatchedKey> Keys,
    IReadOnlySet<KeyHash> Ahead
)
{
    /// <summary>Everything on the destination up to this time had been noted when the round was planned.</summary>
    internal ClusterTime Seen { get; init; }

    /// <summary>The time on the destination: taken after the plan, so that no change noted before it is later.</summary>
    internal ClusterTime Destination { get; init; }
}

/// <summary>
/// Keeps what has been proven equal and what must be looked at again: ranges never compared, keys that changed on either side since
/// (S22), keys that were later than the barrier. No I/O; used under the gate.
/// </summary>
internal sealed class VerificationBook
{
    /// <summary>More changed keys than this in one collection, and its ranges are compared as a whole again.</summary>
    private const int KeysMax = 500_000;

    private readonly HashSet<CopyRange> verified = [];
    private readonly Dictionary<KeyHash, WatchedKey> watched = [];

    /// <summary>Keys among the watched that had changed before the last barrier, and were not found equal at it.</summary>
    private readonly HashSet<KeyHash> left = [];

    /// <summary>Single keys still to be compared.</summary>
    internal int WatchedKeys => watched.Count;

    /// <summary>Whether every range was compared and found equal, changed keys aside.</summary>
    internal bool AreAllVerified(IEnumerable<FollowedCollection> collections) => collections.All(IsVerified);

    /// <summary>Whether that is so but for what a cutover compares on its way.</summary>
    internal bool AreNearlyVerified(IEnumerable<FollowedCollection> collections) =>
        Latecomers.IsLittle(collections.Where(one => !IsVerified(one)));

    /// <summary>Whether the range was compared and found equal, changed keys aside.</summary>
    internal bool IsVerified(CopyRange range) => verified.Contains(range);

    internal int VerifiedRanges => verified.Count;

    /// <summary>Keys of a collection that changed after the last barrier, or are left of it.</summary>
    internal IEnumerable<KeyHash> WatchedOf(FollowedCollection collection) =>
        watched.Where(entry => entry.Value.Collection == collection).Select(entry => entry.Key);

    private bool IsVerified(FollowedCollection collection) =>
        collection.Ranges is { } table && table.Ranges.All(verified.Contains);

    /// <summary>A document changed on the source or on the destination.</summary>
    internal void Watch(FollowedCollection collection, KeyHash key, RawValue id)
    {
        if (collection.Ranges is not { } table || !verified.Contains(table.Find(FollowedCollection.KeyOf(id))))
        {
            // Its range is still to be compared as a whole.
            return;
        }

        if (watched.Count >= KeysMax)
        {
            Distrust(collection);
            return;
        }

        if (!watched.ContainsKey(key))
        {
            watched.Add(key, new(collection, new(id.Type, id.Bytes.ToArray())));
        }
    }

    /// <summary>An earlier life has compared the range; what changed since is being watched.</summary>
    internal void Trust(CopyRange range) => verified.Add(range);

    /// <summary>Ranges with keys that the last round has left to be compared. What has changed since is not meant.</summary>
    internal HashSet<CopyRange> RangesLeft()
    {
        var ranges = new HashSet<CopyRange>();
        foreach (var key in left)
        {
            if (watched.TryGetValue(key, out var watch) && watch.Collection.Ranges is { } table)
            {
                _ = ranges.Add(table.Find(FollowedCollection.KeyOf(watch.Id)));
            }
        }

        return ranges;
    }

    /// <summary>Everything of these is to be compared again.</summary>
    internal void DistrustAll(IEnumerable<FollowedCollection> collections)
    {
        foreach (var collection in collections)
        {
            Distrust(collection);
        }
    }

    /// <summary>Everything of the collection is to be compared again.</summary>
    internal void Distrust(FollowedCollection collection)
    {
        verified.ExceptWith(collection.Ranges?.Ranges ?? []);
        foreach (
            var key in watched.Where(entry => entry.Value.Collection == collection).Select(entry => entry.Key).ToList()
        )
        {
            _ = watched.Remove(key);
        }
    }

    /// <summary>Plans a round at a barrier: takes the watched keys that are not ahead, leaves the others for the next.</summary>
    internal VerificationRound Plan(
        ClusterTime source,
        IEnumerable<FollowedCollection> collections,
        IReadOnlySet<KeyHash> ahead
    )
    {
        var live = collections.ToHashSet();
        foreach (
            var key in watched
                .Where(entry => !live.Contains(entry.Value.Collection))
                .Select(entry => entry.Key)
                .ToList()
        )
        {
            _ = watched.Remove(key);
        }

        // Where order counts, single keys say nothing of it.
        var ordered = watched.Values.Select(one => one.Collection).Where(one => one.IsCapped).ToHashSet();
        var ranges = live.SelectMany(one => (one.Ranges?.Ranges ?? []).Select(range => (one, range)))
            .Where(one => !verified.Contains(one.range) || ordered.Contains(one.one))
            .Where(one => one.range.IsComparableAt(source))
            .ToList();
        var isPartly = live.Where(one => one.Ranges?.Ranges.All(range => range.IsComparableAt(source)) != true)
            .ToHashSet();
        var keys = watched
            .Where(entry => !ahead.Contains(entry.Key) && IsComparable(entry.Value))
            .ToDictionary(entry => entry.Key, entry => entry.Value);
        foreach (var (key, watch) in keys)
        {
            _ = watched.Remove(key);
            if (watch.Collection.IsCapped)
            {
                _ = keys.Remove(key);
            }
        }

        left.Clear();
        left.UnionWith(watched.Keys);
        // A range counts as compared from the barrier on, so that no change of it is missed; a comparison that fails takes it back.
        verified.UnionWith(ranges.Select(one => one.range));
        return new(source, ranges, keys, ahead);

        bool IsComparable(WatchedKey watch) =>
            !isPartly.Contains(watch.Collection)
            || watch.Collection.Ranges!.Find(FollowedCollection.KeyOf(watch.Id)).IsComparableAt(source);
    }

    /// <summary>The range could not be compared, or differed: it is to be compared again.</summary>
    internal void TakeBack(CopyRange range) => verified.Remove(range);

    /// <summary>The round was broken off: all it took is to be compared again.</summary>
    internal void Undo(VerificationRound round)
    {
        verified.ExceptWith(round.Ranges.Select(one => one.Range));
        foreach (var (key, watch) in round.Keys)
        {
            Again(key, watch);
        }
    }

    /// <summary>The key is to be compared in the next round.</summary>
    internal void Again(KeyHash key, WatchedKey watch)
    {
        watched[key] = watch;
        _ = left.Add(key);
    }
}
