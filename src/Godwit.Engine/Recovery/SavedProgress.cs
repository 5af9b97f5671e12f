using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Recovery;

/// <summary>What an earlier life left in the reserved database.</summary>
/// <param name="Position">Floor and ceiling; <see langword="null"/> if none was saved.</param>
/// <param name="Token">The token at the floor; empty if there is none.</param>
/// <param name="LastEvent">The token of the newest event seen; empty if there was none (S20).</param>
/// <param name="Mappings">The table of identities.</param>
/// <param name="Ranges">Copied ranges, by collection.</param>
/// <param name="Differences">What verification has found (S24).</param>
/// <param name="Proof">The times of what was verified; <see langword="null"/> if nothing was.</param>
internal sealed record SavedProgress(
    FloorAndCeiling? Position,
    RawDocument Token,
    RawDocument LastEvent,
    IReadOnlyList<CollectionMapping> Mappings,
    ILookup<Guid, SavedRange> Ranges,
    IReadOnlyList<RawDocument> Differences,
    SavedProof? Proof
)
{
    internal static async Task<SavedProgress> ReadAsync(ReservedStore store, CancellationToken cancellationToken)
    {
        var positions = await store.ReadAsync(ReservedStore.Position, cancellationToken);
        var mappings = await store.ReadAsync(ReservedStore.Collections, cancellationToken);
        var ranges = await store.ReadAsync(ReservedStore.Ranges, cancellationToken);
        var differences = await store.ReadAsync(ReservedStore.Differences, cancellationToken);
        var proofs = await store.ReadAsync(ReservedStore.Proof, cancellationToken);
        FloorAndCeiling? position =
            positions.Count == 0 ? null : new(positions[0]["floor"].AsTimestamp, positions[0]["ceiling"].AsTimestamp);
        return new(
            position,
            positions.Count == 0 ? RawDocument.Empty : positions[0]["token"].AsDocument,
            positions.Count == 0 ? RawDocument.Empty : positions[0]["event"].AsDocument,
            [.. mappings.Select(ReservedStore.ReadMapping)],
            ranges.Select(SavedRange.Parse).ToLookup(range => range.Collection),
            differences,
            SavedProof.Parse(proofs)
        );
    }

    /// <summary>
    /// What is left when the source's history is lost or another one (S20): the table of identities. No range counts as copied any more;
    /// each is compared with what the destination holds, and written where it differs.
    /// </summary>
    internal SavedProgress WithoutHistory(IReadOnlyList<CollectionMapping> mappings) =>
        new(
            null,
            RawDocument.Empty,
            RawDocument.Empty,
            mappings,
            Enumerable.Empty<SavedRange>().ToLookup(range => range.Collection),
            Differences,
            null
        );
}
