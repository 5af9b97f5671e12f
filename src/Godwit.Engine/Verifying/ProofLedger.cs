using Godwit.Engine.Planning;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Verifying;

/// <summary>What has to change in what is kept, so that it is true as of a round.</summary>
/// <param name="Withdrawn">Ranges that are kept as verified and must not be any more: before the times are moved on.</param>
/// <param name="Proven">Ranges to be kept as verified, and what was found in them: once the times are moved on.</param>
internal sealed record ProofChanges(
    IReadOnlyList<(FollowedCollection Collection, CopyRange Range)> Withdrawn,
    IReadOnlyList<(FollowedCollection Collection, CopyRange Range, RangeProof Proof)> Proven
);

/// <summary>
/// Knows which ranges are kept as verified. A range is so only while each of its keys was compared at the last barrier or has not changed
/// on either side since an earlier one; one of which a key is left to be compared, because it was ahead of the barrier or differed, is
/// withdrawn until that is done. No I/O; used under the gate.
/// </summary>
internal sealed class ProofLedger
{
    private readonly Dictionary<CopyRange, RangeProof?> kept = [];

    /// <summary>Plans what a round that has just ended changes.</summary>
    /// <param name="collections">All collections.</param>
    /// <param name="book">What was compared.</param>
    /// <param name="proofOf">What was found in a range; none if it is not known.</param>
    /// <param name="unsaved">Ranges that are not saved as copied yet: they have no document that could say more of them.</param>
    internal ProofChanges Plan(
        IEnumerable<FollowedCollection> collections,
        VerificationBook book,
        Func<CopyRange, RangeProof?> proofOf,
        UnsavedRanges unsaved
    )
    {
        var open = book.RangesLeft();
        open.UnionWith(unsaved.Look().Select(one => one.Range));
        var withdrawn = new List<(FollowedCollection, CopyRange)>();
        var proven = new List<(FollowedCollection, CopyRange, RangeProof)>();
        foreach (var collection in collections)
        {
            foreach (var range in collection.Ranges?.Ranges ?? [])
            {
                var before = Kept(range);
                var now = book.IsVerified(range) && !open.Contains(range) ? proofOf(range) : null;
                if (now is null && before is not null)
                {
                    withdrawn.Add((collection, range));
                }
                else if (now is not null && now != before)
                {
                    // Whether or not it gets there: one that is taken for kept and is not does no harm.
                    kept[range] = now;
                    proven.Add((collection, range, now));
                }
            }
        }

        return new(withdrawn, proven);
    }

    /// <summary>These are no longer kept as verified.</summary>
    internal void Withdrawn(ProofChanges changes)
    {
        foreach (var (_, range) in changes.Withdrawn)
        {
            kept[range] = null;
        }
    }

    private RangeProof? Kept(CopyRange range) => kept.TryGetValue(range, out var proof) ? proof : range.EarlierProof;
}
