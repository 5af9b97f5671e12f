using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Holds two streams of documents against each other, key by key. Both come in the same order, so counterparts meet soon; only what has
/// not met its counterpart yet is kept, as key and hash, so memory grows with the differences, not with the collection.
/// </summary>
/// <param name="collection">The source's UUID, or what else tells its keys from those of other collections.</param>
/// <param name="differencesMax">Differences that are named before the comparison is given up.</param>
/// <param name="order">Told the order of both sides; <see langword="null"/> where that is of no account.</param>
internal sealed class PairComparison(Guid collection, int differencesMax, OrderOfKeys? order = null)
{
    /// <summary>Keys without a counterpart on both sides at once: beyond it the two have nothing in common.</summary>
    private const int UnmatchedMax = 1_000_000;

    private readonly Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> onlyHere = [];
    private readonly Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> onlyThere = [];
    private readonly List<KeyDifference> differences = [];

    /// <summary>What differed, at most about as many as were asked for.</summary>
    internal IReadOnlyList<KeyDifference> Differences => differences;

    /// <summary>An <c>_id</c> that two documents of the source have; missing if there is none.</summary>
    internal RawValue RepeatedInSource { get; private set; }

    /// <summary>Whether everything was read: nothing differs but what is named.</summary>
    internal bool IsComplete { get; private set; }

    /// <summary>Sums over the documents of the source that were read.</summary>
    internal DocumentSums SourceSums { get; } = new();

    /// <summary>Sums over the documents of the destination that were read.</summary>
    internal DocumentSums DestinationSums { get; } = new();

    /// <summary>Reads both streams to their ends, or until too much differs.</summary>
    internal async Task RunAsync(
        IAsyncEnumerable<DocumentBatch> source,
        IAsyncEnumerable<DocumentBatch> destination,
        CancellationToken cancellationToken
    )
    {
        await using var here = source.GetAsyncEnumerator(cancellationToken);
        await using var there = destination.GetAsyncEnumerator(cancellationToken);
        var (moreHere, moreThere) = (true, true);
        while ((moreHere || moreThere) && IsWorthGoingOn(moreHere, moreThere))
        {
            // Whoever is behind reads next, so that neither side runs away from the other.
            var readsHere = moreHere && (!moreThere || onlyHere.Count <= onlyThere.Count);
            var reader = readsHere ? here : there;
            if (await reader.MoveNextAsync())
            {
                using var batch = reader.Current;
                Add(batch, readsHere);
            }
            else
            {
                moreHere &= !readsHere;
                moreThere &= readsHere;
            }
        }

        Finish();
        IsComplete &= !moreHere && !moreThere;
    }

    /// <summary>Adds documents of one side; the caller keeps owning them.</summary>
    internal void Add(DocumentBatch batch, bool isSource)
    {
        var (own, other) = isSource ? (onlyHere, onlyThere) : (onlyThere, onlyHere);
        (isSource ? SourceSums : DestinationSums).Add(batch);
        foreach (var document in batch)
        {
            var id = document["_id"u8];
            var key = KeyHash.Of(collection, FollowedCollection.KeyOf(id));
            order?.Add(key, isSource);
            var hash = DocumentSums.HashOf(document);
            if (!other.Remove(key, out var counterpart))
            {
                NoteRepeated(own, key, isSource);
                own[key] = (new(id.Type, id.Bytes.ToArray()), hash);
            }
            else if (counterpart.Hash != hash)
            {
                var (ours, theirs) = isSource ? (hash, counterpart.Hash) : (counterpart.Hash, hash);
                differences.Add(new(key, counterpart.Id, ours, theirs));
            }
        }
    }

    /// <summary>Two documents of one side with one <c>_id</c>: one of them has no counterpart, whichever comes next (S3).</summary>
    private void NoteRepeated(Dictionary<KeyHash, (RawValue Id, UInt128 Hash)> own, KeyHash key, bool isSource)
    {
        if (own.TryGetValue(key, out var first))
        {
            RepeatedInSource = isSource ? first.Id : RepeatedInSource;
            differences.Add(new(key, first.Id, isSource ? first.Hash : null, isSource ? null : first.Hash));
        }
    }

    /// <summary>Everything was added: what has no counterpart is a difference.</summary>
    internal void Finish()
    {
        IsComplete = onlyHere.Count <= differencesMax && onlyThere.Count <= differencesMax;
        differences.AddRange(
            onlyHere.Take(differencesMax).Select(one => new KeyDifference(one.Key, one.Value.Id, one.Value.Hash, null))
        );
        differences.AddRange(
            onlyThere.Take(differencesMax).Select(one => new KeyDifference(one.Key, one.Value.Id, null, one.Value.Hash))
        );
    }

    /// <summary>What has no counterpart while the other side still comes may yet find it; afterwards it is a difference.</summary>
    private bool IsWorthGoingOn(bool moreHere, bool moreThere)
    {
        var certain = differences.Count + (moreThere ? 0 : onlyHere.Count) + (moreHere ? 0 : onlyThere.Count);
        return certain <= differencesMax && Math.Min(onlyHere.Count, onlyThere.Count) < UnmatchedMax;
    }
}
