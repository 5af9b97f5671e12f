using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Holds two streams of documents against each other. Both come in the same order, so counterparts meet soon; what has not met its
/// counterpart yet is kept as key and hash only, so memory grows with the differences, not with the collection.
/// </summary>
internal sealed class DocumentComparison(Namespace name, TimeProvider time)
{
    private readonly Dictionary<string, UInt128> onlyHere = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UInt128> onlyThere = new(StringComparer.Ordinal);
    private readonly List<ReportedDifference> differences = [];

    /// <summary>What differed, complete when <see cref="RunAsync"/> has ended.</summary>
    internal IReadOnlyList<ReportedDifference> Differences => differences;

    /// <summary>Sums over the source's documents.</summary>
    internal DocumentSums SourceSums { get; } = new();

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
        while ((moreHere || moreThere) && IsWorthGoingOn())
        {
            // Whoever is behind reads next, so that neither side runs away from the other.
            var readsHere = moreHere && (!moreThere || onlyHere.Count <= onlyThere.Count);
            var reader = readsHere ? here : there;
            var hasMore = await reader.MoveNextAsync();
            if (hasMore)
            {
                using var batch = reader.Current;
                Take(batch, readsHere);
            }
            else
            {
                moreHere &= !readsHere;
                moreThere &= readsHere;
            }
        }

        foreach (var (key, hash) in onlyHere.Take(Comparison.DifferencesMax))
        {
            Note(key, "missing on the destination", hash, null);
        }

        foreach (var (key, hash) in onlyThere.Take(Comparison.DifferencesMax))
        {
            Note(key, "not on the source", null, hash);
        }
    }

    /// <summary>Unmatched keys may run ahead by some batches; far more than that is a difference beyond naming.</summary>
    private bool IsWorthGoingOn() =>
        differences.Count < Comparison.DifferencesMax && Math.Min(onlyHere.Count, onlyThere.Count) < 1_000_000;

    private void Take(DocumentBatch batch, bool isSource)
    {
        var (own, other) = isSource ? (onlyHere, onlyThere) : (onlyThere, onlyHere);
        if (isSource)
        {
            SourceSums.Add(batch);
        }

        foreach (var document in batch)
        {
            var key = ExtendedJsonWriter.Write(document["_id"u8]);
            var hash = DocumentSums.HashOf(document);
            if (!other.Remove(key, out var counterpart))
            {
                own[key] = hash;
            }
            else if (counterpart != hash)
            {
                Note(key, "different", isSource ? hash : counterpart, isSource ? counterpart : hash);
            }
        }
    }

    private void Note(string key, string what, UInt128? source, UInt128? destination) =>
        differences.Add(
            new(
                name.ToString(),
                key,
                what,
                DocumentSums.TextOf(source),
                DocumentSums.TextOf(destination),
                time.GetUtcNow(),
                IsHealed: false
            )
        );
}
