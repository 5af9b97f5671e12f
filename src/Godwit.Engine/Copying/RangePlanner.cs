using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Copying;

/// <summary>
/// Measures a collection and cuts it into ranges; a small one, or one whose order is not that of bytes, stays whole (S2, S30). Of what an
/// earlier life has begun, the rest is cut: it knows no more of that than where it begins and ends.
/// </summary>
internal sealed class RangePlanner(
    SyncState state,
    ISourceCluster source,
    RetryPolicy retry,
    MigrationSettings settings
)
{
    internal async Task PlanAsync(FollowedCollection collection, CancellationToken cancellationToken)
    {
        IReadOnlyList<RawValue> ids = [];
        try
        {
            var size = await retry.RunAsync(
                token => source.MeasureAsync(collection.Source.Address, token),
                cancellationToken
            );
            collection.Estimate = size;
            var rangeBytes = RangeSizes.Of(size.Bytes, settings.RangeBytes);
            if (size.Bytes > rangeBytes && !collection.HasOneLane && !IsCopied(collection))
            {
                ids = await retry.RunAsync(
                    token => source.SplitAsync(collection.Source.Address, rangeBytes, token),
                    cancellationToken
                );
            }
        }
        catch (ClusterException fault) when (fault.Kind is FaultKind.Moved or FaultKind.NeedsNewCursor)
        {
            // Renamed, dropped or moved this moment: the listing that follows puts the name right.
            state.NoteMoved(fault);
            await retry.WaitAsync(cancellationToken);
            lock (state.Gate)
            {
                state.Work.Enqueue((collection, null));
            }

            return;
        }

        var bounds = ids.Select(id => new RangeBound(id, FollowedCollection.KeyOf(id))).ToList();
        lock (state.Gate)
        {
            collection.Ranges = Cut(collection, bounds);
            foreach (var range in collection.Ranges.Ranges.Where(one => one.State == RangeState.Pending))
            {
                state.Work.Enqueue((collection, range));
            }
        }

        state.WorkCame.Set();
    }

    private bool IsCopied(FollowedCollection collection)
    {
        lock (state.Gate)
        {
            return collection.IsCopied;
        }
    }

    private static RangeTable Cut(FollowedCollection collection, IReadOnlyList<RangeBound> bounds)
    {
        if (collection.Ranges is { } begun)
        {
            begun.Cut(bounds);
            return begun;
        }

        if (collection.IsCopiedInNaturalOrder)
        {
            (collection.PartBounds, bounds) = (bounds, []);
        }

        var table = new RangeTable(bounds);
        foreach (var range in table.Ranges)
        {
            range.NeedsCleaning = collection.MayHoldLeftovers;
        }

        return table;
    }
}
