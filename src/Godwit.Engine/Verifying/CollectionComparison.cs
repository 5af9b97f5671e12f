using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Verifying;

/// <summary>Count, bytes and sum of hashes of a collection: the sums of its ranges added up.</summary>
internal readonly record struct CollectionTotals(long Documents, long Bytes, UInt128 Sum)
{
    internal CollectionTotals Plus(DocumentSums range) =>
        new(Documents + range.Documents, Bytes + range.Bytes, unchecked(Sum + range.Sum));
}

/// <summary>
/// Compares the documents of two collections, range by range, so that no snapshot grows old. Keys that differ are read again, later and
/// later: one that is found equal once was only being written to; one that stays different is different.
/// </summary>
internal sealed class CollectionComparison(
    ICluster source,
    ICluster destination,
    ClusterTime? destinationAt,
    PassingReads passing,
    RetryPolicy retry
)
{
    private const long RangeBytes = 64 * 1024 * 1024;
    private const int AttemptsMax = 5;
    private const int KeysAtOnce = 1_000;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    private readonly TimeProvider time = retry.Time;
    private long settled;

    /// <summary>Keys that differed at first and were found equal later.</summary>
    internal long Settled => Interlocked.Read(ref settled);

    internal async Task<(CollectionTotals Totals, IReadOnlyList<ReportedDifference> Differences)> CompareAsync(
        CollectionDescription here,
        CollectionDescription there,
        CancellationToken cancellationToken
    )
    {
        var totals = new CollectionTotals();
        var reported = new List<ReportedDifference>();
        RawValue lower = default;
        foreach (var upper in await SplitAsync(here, cancellationToken))
        {
            var (pairs, isOrderDifferent) = await CompareInOrderAsync(here, there, lower, upper, cancellationToken);
            totals = totals.Plus(pairs.SourceSums);
            reported.AddRange(await SettleAsync(here, there, pairs.Differences, cancellationToken));
            if (isOrderDifferent)
            {
                reported.Add(new(here.Name.ToString(), "", "another natural order", "", "", time.GetUtcNow(), false));
            }

            if (reported.Count > Comparison.DifferencesMax)
            {
                break;
            }

            lower = upper;
        }

        return (totals, reported);
    }

    private static bool IsCapped(CollectionDescription one) => one.Options["capped"].IsTruthy();

    /// <summary>
    /// Compares a range, again while documents that are the same on both sides stand in another order: while it is written to one may have
    /// left and come back between the two reads.
    /// </summary>
    private async Task<(PairComparison Pairs, bool IsOrderDifferent)> CompareInOrderAsync(
        CollectionDescription here,
        CollectionDescription there,
        RawValue lower,
        RawValue upper,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var order = IsCapped(here) ? new OrderOfKeys() : null;
            var pairs = await CompareRangeAsync(here, there, lower, upper, order, cancellationToken);
            var isDifferent = order is not null && pairs.IsComplete && IsOrderDifferent(pairs, order);
            if (!isDifferent || attempt == AttemptsMax)
            {
                return (pairs, isDifferent);
            }

            await Task.Delay(FirstWait * attempt, time, cancellationToken);
        }
    }

    private static bool IsOrderDifferent(PairComparison pairs, OrderOfKeys order)
    {
        var different = pairs.Differences.Select(one => one.Key).ToHashSet();
        return order.IsUnknown
            ? different.Count == 0 && !pairs.SourceSums.IsEqualTo(pairs.DestinationSums)
            : !order.IsSameWithout(different.Contains);
    }

    private static ReadOrder OrderOf(CollectionDescription one, bool isPassing) =>
        !IsCapped(one) ? ReadOrder.ById
        : isPassing ? ReadOrder.Passing
        : ReadOrder.Natural;

    /// <summary>The upper bounds of ranges, the last of them none. What has an order of its own is read whole (S2, S30).</summary>
    private async Task<IReadOnlyList<RawValue>> SplitAsync(
        CollectionDescription here,
        CancellationToken cancellationToken
    ) =>
        IsCapped(here) || here.Options.Has("collation")
            ? [default]
            :
            [
                .. await retry.RunAsync(token => source.SplitAsync(here.Address, RangeBytes, token), cancellationToken),
                default,
            ];

    private async Task<PairComparison> CompareRangeAsync(
        CollectionDescription here,
        CollectionDescription there,
        RawValue lower,
        RawValue upper,
        OrderOfKeys? order,
        CancellationToken cancellationToken
    )
    {
        var (hereBy, thereBy) = (OrderOf(here, passing.Source), OrderOf(here, passing.Destination));
        for (var attempt = 1; ; attempt++)
        {
            var (sourceTime, destinationTime) = await NowAsync(cancellationToken);
            var pairs = new PairComparison(here.Uuid, Comparison.DifferencesMax, order);
            order?.Clear();
            try
            {
                await pairs.RunAsync(
                    source.ReadRangeAsync(new(here.Address, sourceTime, lower, upper, hereBy), cancellationToken),
                    destination.ReadRangeAsync(
                        new(there.Address, destinationTime, lower, upper, thereBy),
                        cancellationToken
                    ),
                    cancellationToken
                );
                return pairs;
            }
            catch (ClusterException fault)
                when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor && attempt < AttemptsMax)
            {
                await Task.Delay(FirstWait * attempt, time, cancellationToken);
            }
        }
    }

    /// <summary>Reads what differed again, later and later, and returns what never was equal.</summary>
    private async Task<IEnumerable<ReportedDifference>> SettleAsync(
        CollectionDescription here,
        CollectionDescription there,
        IReadOnlyList<KeyDifference> differences,
        CancellationToken cancellationToken
    )
    {
        var open = differences;
        var wait = FirstWait;
        for (var attempt = 0; attempt < AttemptsMax && open.Count > 0; attempt++)
        {
            await Task.Delay(wait, time, cancellationToken);
            wait *= 2;
            var still = new List<KeyDifference>();
            foreach (var some in open.Chunk(KeysAtOnce))
            {
                still.AddRange(await CompareKeysAsync(here, there, some, cancellationToken));
            }

            _ = Interlocked.Add(ref settled, open.Count - still.Count);
            open = still;
        }

        return open.Select(one => one.Report(here.Name, time.GetUtcNow()));
    }

    private async Task<IReadOnlyList<KeyDifference>> CompareKeysAsync(
        CollectionDescription here,
        CollectionDescription there,
        KeyDifference[] keys,
        CancellationToken cancellationToken
    )
    {
        var ids = keys.Select(one => one.Id).ToList();
        var (sourceTime, destinationTime) = await NowAsync(cancellationToken);
        var pairs = new PairComparison(here.Uuid, keys.Length);
        try
        {
            using var ours = await source.ReadDocumentsAsync(
                new(here.Address, sourceTime, ids) { IsPassing = IsCapped(here) && passing.Source },
                cancellationToken
            );
            using var theirs = await destination.ReadDocumentsAsync(
                new(there.Address, destinationTime, ids) { IsPassing = IsCapped(there) && passing.Destination },
                cancellationToken
            );
            pairs.Add(ours, isSource: true);
            pairs.Add(theirs, isSource: false);
        }
        catch (ClusterException fault) when (fault.Kind is FaultKind.Transient or FaultKind.NeedsNewCursor)
        {
            return keys;
        }

        pairs.Finish();
        return pairs.Differences;
    }

    private async Task<(ClusterTime Source, ClusterTime Destination)> NowAsync(CancellationToken cancellationToken)
    {
        var here = retry.RunAsync(source.IdentifyAsync, cancellationToken);
        var there = await retry.RunAsync(destination.IdentifyAsync, cancellationToken);
        return ((await here).OperationTime, destinationAt ?? there.OperationTime);
    }
}
