using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Verifying;

/// <summary>What the documents of a range differ in.</summary>
/// <param name="Differences">Keys that differ, or are on one side only.</param>
/// <param name="Repeated">An <c>_id</c> that two documents of the source have; missing if there is none.</param>
/// <param name="IsComplete">Whether nothing else differs: not if the comparison had to be given up, or the order is another one.</param>
internal sealed record RangeDifferences(IReadOnlyList<KeyDifference> Differences, RawValue Repeated, bool IsComplete)
{
    /// <summary>Nothing is known.</summary>
    internal static readonly RangeDifferences Unknown = new([], RawValue.Missing, IsComplete: false);
}

/// <summary>
/// Compares ranges by keys of which the sums differ (S21). What can be read in passing only (S8) is compared all the same: a document that
/// was not written to from the barrier until both sides were read is in what was read once, as it is. All others are watched by then, and
/// left to the next round.
/// </summary>
internal sealed class RangeComparison(
    SyncState state,
    ISourceCluster source,
    IDestinationCluster destination,
    VerificationBook book,
    DifferenceLog log,
    ProofRecord record,
    ReadPacer pacer,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    /// <summary>Differences that writes during the reading may make: beyond that the range is compared in another round.</summary>
    private const int PassingDifferencesMax = 1_000_000;

    internal async Task<RangeDifferences> CompareAsync(
        VerificationRound round,
        FollowedCollection collection,
        RangeRead there,
        RangeRead here,
        CancellationToken cancellationToken
    )
    {
        lock (state.Gate)
        {
            if (state.Anew.ContainsKey(collection.Uuid))
            {
                return RangeDifferences.Unknown;
            }
        }

        var differencesMax = settings.HealingsMax + 1 + round.Ahead.Count;
        if (!collection.IsReadInPassing)
        {
            var pairs = await ReadAsync(collection, there, here, differencesMax, null, cancellationToken);
            var isOrderDifferent = collection.IsCapped && pairs.Differences.Count == 0;
            await NoteAsync(round, collection, pairs.Differences, round.Ahead, isOrderDifferent, cancellationToken);
            return new(pairs.Differences, pairs.RepeatedInSource, !isOrderDifferent);
        }

        return await CompareInPassingAsync(round, collection, there, here, cancellationToken);
    }

    private async Task<RangeDifferences> CompareInPassingAsync(
        VerificationRound round,
        FollowedCollection collection,
        RangeRead there,
        RangeRead here,
        CancellationToken cancellationToken
    )
    {
        var order = new OrderOfKeys();
        var pairs = await ReadAsync(collection, there, here, PassingDifferencesMax, order, cancellationToken);
        await RouteUpToNowAsync(cancellationToken);
        HashSet<KeyHash> written;
        lock (state.Gate)
        {
            if (collection.Ranges?.Ranges.All(book.IsVerified) != true)
            {
                // Too much was written, or nobody knows what: which keys is not known any more.
                return RangeDifferences.Unknown;
            }

            written = [.. book.WatchedOf(collection), .. round.Ahead, .. state.LateKeys];
        }

        var differences = pairs.Differences.Where(one => !written.Contains(one.Key)).ToList();
        var different = differences.Select(one => one.Key).ToHashSet();
        var isOrderDifferent =
            pairs.IsComplete
            && (
                order.IsUnknown
                    ? written.Count == 0 && differences.Count == 0 && !pairs.SourceSums.IsEqualTo(pairs.DestinationSums)
                    : !order.IsSameWithout(key => written.Contains(key) || different.Contains(key))
            );
        if (pairs.IsComplete)
        {
            await NoteAsync(round, collection, differences, written, isOrderDifferent, cancellationToken);
        }

        return new(differences, pairs.RepeatedInSource, pairs.IsComplete && !isOrderDifferent);
    }

    /// <summary>Where order counts no keys are compared singly, so what differed before is settled by the whole. True.</summary>
    internal bool NoteEqual(VerificationRound round, FollowedCollection collection)
    {
        if (collection.IsCapped)
        {
            log.NoteEqualBut(round.Ahead, collection.Uuid);
        }

        return true;
    }

    private async Task NoteAsync(
        VerificationRound round,
        FollowedCollection collection,
        IEnumerable<KeyDifference> differences,
        IEnumerable<KeyHash> unknown,
        bool isOrderDifferent,
        CancellationToken cancellationToken
    )
    {
        if (collection.IsCapped)
        {
            log.NoteEqualBut(differences.Select(one => one.Key).Concat(unknown).ToHashSet(), collection.Uuid);
        }

        if (isOrderDifferent)
        {
            log.AddDefinition(collection.Uuid, collection.Source.Name, "another natural order", round.Source);
            await record.SaveDifferencesAsync(cancellationToken);
            state.BeginAnew(collection, "its documents stood in another order than on the source");
        }
    }

    /// <summary>Until everything that may have been in what was read is routed, so that its keys are watched.</summary>
    private async Task RouteUpToNowAsync(CancellationToken cancellationToken)
    {
        var end = (await retry.RunAsync(source.IdentifyAsync, cancellationToken)).OperationTime;
        _ = await retry.RunAsync(token => source.AppendNoteAsync("godwit: compared", token), cancellationToken);
        await state.UntilAsync(() => state.Router.Frontier >= end, cancellationToken);
    }

    private async Task<PairComparison> ReadAsync(
        FollowedCollection collection,
        RangeRead there,
        RangeRead here,
        int differencesMax,
        OrderOfKeys? order,
        CancellationToken cancellationToken
    )
    {
        var pairs = new PairComparison(collection.Uuid, differencesMax, order);
        await pairs.RunAsync(
            pacer.PaceAsync(source.ReadRangeAsync(there, cancellationToken), cancellationToken),
            destination.ReadRangeAsync(here, cancellationToken),
            cancellationToken
        );
        return pairs;
    }
}
