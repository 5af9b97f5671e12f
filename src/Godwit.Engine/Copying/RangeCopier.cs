using System.Diagnostics.CodeAnalysis;
using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Copying;

/// <summary>
/// Copies one range at a time (S5–S7): 1. opens it at a time not before anything already routed; 2. keeps what an
/// earlier attempt left where it is right, and removes the rest; 3. reads it at a snapshot and inserts batch by batch; 4. hands the events that waited to the lanes.
/// </summary>
internal sealed class RangeCopier(
    SyncState state,
    RangePlanner planner,
    RangeWriter writer,
    RangeAligner aligner,
    IRangeHosts hosts,
    SourceClock clock,
    Notices notices,
    RetryPolicy retry,
    ByteBudget? budget,
    ByteBudget waited
)
{
    /// <summary>A batch is being written while the next one comes in, each up to 16 MB and what its reply holds besides.</summary>
    private const long BytesInFlightMax = 2 * 17 * 1024 * 1024;

    /// <summary>How often a capped collection that runs away from whoever reads it is begun.</summary>
    private const int PositionsLostMax = 20;

    /// <summary>How often a collection is read in natural order before it is copied in ranges all the same.</summary>
    private const int NaturalReadsMax = 5;

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            using var host = await hosts.RentAsync(cancellationToken);
            var came = state.WorkCame.Next;
            if (!TryTake(out var collection, out var range))
            {
                await came.WaitAsync(cancellationToken);
                continue;
            }

            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, collection.Gone);
            try
            {
                await (
                    range is null
                        ? planner.PlanAsync(collection, both.Token)
                        : CopyAsync(host, collection, range, both.Token)
                );
            }
            catch (OperationCanceledException)
                when (collection.Gone.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                // The collection was dropped on the source, or written anew there: what was sent of it must not arrive any more,
                // since another one may take over what stands for it.
                await writer.FenceAsync(cancellationToken);
            }
            finally
            {
                collection.EndCopy();
                state.Changed.Set();
            }
        }
    }

    private bool TryTake(out FollowedCollection collection, out CopyRange? range)
    {
        lock (state.Gate)
        {
            while (state.Work.TryDequeue(out var work))
            {
                if (!work.Collection.Gone.IsCancellationRequested)
                {
                    (collection, range) = work;
                    collection.BeginCopy();
                    return true;
                }
            }
        }

        (collection, range) = (null!, null);
        return false;
    }

    private async Task CopyAsync(
        IRangeHost host,
        FollowedCollection collection,
        CopyRange range,
        CancellationToken cancellationToken
    )
    {
        if (collection.IsNatural(range) && range.NeedsCleaning)
        {
            await BeginAnewAsync(collection, cancellationToken);
        }

        var reserve = Math.Clamp(collection.Estimate.Bytes, 64 * 1024, BytesInFlightMax);
        using var share = budget is null ? null : await budget.TakeAsync(reserve, cancellationToken);
        var now = await retry.RunAsync(clock.NowAsync, cancellationToken);
        ClusterTime asOf;
        lock (state.Gate)
        {
            asOf = state.Router.Open(range, ClusterTime.Max(now, collection.SeenAt));
        }

        var progress = new CopyProgress();
        try
        {
            await retry.RunAsync(token => clock.ReachAsync(asOf, token), cancellationToken);
            if (
                range.NeedsCleaning && await aligner.AlignAsync(collection, range, asOf, cancellationToken) is { } there
            )
            {
                Keep(collection, range, there);
            }
            else
            {
                await (
                    collection.IsNatural(range)
                        ? MoveInNaturalOrderAsync(host, collection, range, asOf, progress, cancellationToken)
                        : MoveAsync(host, collection, range, asOf, progress, cancellationToken)
                );
                range.Size = progress.Size;
            }

            await NotePassageAsync(collection, range, cancellationToken);
        }
        catch (ClusterException fault)
            when (fault.Kind is FaultKind.NeedsNewCursor or FaultKind.Transient or FaultKind.Moved)
        {
            state.NoteMoved(fault);
            CountLostPosition(collection, fault);
            await retry.WaitAsync(cancellationToken);
            await writer.FenceAsync(cancellationToken);
            if (!Shorten(collection, range, progress))
            {
                return;
            }
        }
        catch (LeftoverException)
        {
            await retry.WaitAsync(cancellationToken);
            GiveUp(collection, range);
            return;
        }

        await DrainAsync(collection, range, cancellationToken);
    }

    /// <summary>
    /// What was not read at one time is as of an interval: events within it may be in what was read or not, as after a crash (S8).
    /// </summary>
    private async Task NotePassageAsync(
        FollowedCollection collection,
        CopyRange range,
        CancellationToken cancellationToken
    )
    {
        if (collection.IsSourcePassing || collection.IsNatural(range))
        {
            var end = await retry.RunAsync(clock.LatestAsync, cancellationToken);
            lock (state.Gate)
            {
                range.Doubt(end);
            }
        }
    }

    /// <summary>What was read last has left a capped collection before the next was read: begun anew, but not for ever.</summary>
    private static void CountLostPosition(FollowedCollection collection, ClusterException fault)
    {
        if (fault.Code == ServerCodes.CappedPositionLost && ++collection.PositionsLost >= PositionsLostMax)
        {
            throw new MigrationFailedException(
                "CappedCollectionTooFast",
                $"The copy of {collection.Source.Name} was begun {PositionsLostMax} times, and each time what had been read last had left the capped collection before the next was read: {fault.Message}",
                "Make the collection larger on the source (collMod with cappedSize), or have it written to less while it is copied, then run the migration again."
            );
        }
    }

    private void Keep(FollowedCollection collection, CopyRange range, CollectionSize there)
    {
        lock (state.Gate)
        {
            range.Size = there;
            collection.Kept = collection.Kept.Plus(there);
        }
    }

    /// <summary>Nobody knows which events an interrupted copy in natural order lacks: it is given up until the collection is another one.</summary>
    private async Task BeginAnewAsync(FollowedCollection collection, CancellationToken cancellationToken)
    {
        while (true)
        {
            state.BeginAnew(collection, "its copy in natural order was interrupted and cannot be taken up again");
            await retry.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Reads the whole collection from its first document, and once more where the cursor is lost (S8). Events wait from the time it was
    /// opened at all the while: whatever an earlier attempt has written was read after that, so that it may stay.
    /// </summary>
    private async Task MoveInNaturalOrderAsync(
        IRangeHost host,
        FollowedCollection collection,
        CopyRange range,
        ClusterTime asOf,
        CopyProgress progress,
        CancellationToken cancellationToken
    )
    {
        for (var interruptions = 0; ; )
        {
            try
            {
                await MoveAsync(host, collection, range, asOf, progress, cancellationToken);
                return;
            }
            catch (ClusterException fault)
                when (fault.Kind == FaultKind.Moved
                    || (
                        fault.Kind is FaultKind.NeedsNewCursor or FaultKind.Transient
                        && ++interruptions < NaturalReadsMax
                    )
                )
            {
                state.NoteMoved(fault);
                notices.Say(
                    $"Reading {collection.Source.Name} in natural order was interrupted and begins again from its first document: {fault.Message}"
                );
                await retry.WaitAsync(cancellationToken);
                await writer.FenceAsync(cancellationToken);
            }
        }
    }

    private async Task MoveAsync(
        IRangeHost host,
        FollowedCollection collection,
        CopyRange range,
        ClusterTime asOf,
        CopyProgress progress,
        CancellationToken cancellationToken
    )
    {
        var move = new RangeMove(
            collection.ReadToCopy(range, asOf),
            collection.Destination,
            collection.IsCapped,
            collection.Source.MayRepeatIds,
            writer.NextBlock()
        );
        await foreach (var moved in host.MoveAsync(move, cancellationToken))
        {
            state.Counters.AddCopied(moved.Size);
            collection.AddCopied(moved.Size);
            progress.Note(moved);
        }
    }

    /// <summary>
    /// The snapshot is gone: what is acknowledged becomes a copied range of its own, the rest is pending again (S7). The last key
    /// written begins the rest, since a bound is inclusive. False if nothing was written: the whole range is pending again.
    /// </summary>
    private bool Shorten(FollowedCollection collection, CopyRange range, CopyProgress progress)
    {
        var at = new RangeBound(
            progress.LastId,
            progress.LastId.IsMissing ? default : FollowedCollection.KeyOf(progress.LastId)
        );
        if (
            at.IsUnbounded
            || collection.HasOneLane
            || collection.IsNatural(range)
            || at.Key.Span.SequenceEqual(range.Lower.Key.Span)
        )
        {
            GiveUp(collection, range);
            return false;
        }

        lock (state.Gate)
        {
            range.Size = progress.Size;
            var rest = collection.Ranges!.Split(range, at);
            state.Work.Enqueue((collection, rest));
        }

        state.WorkCame.Set();
        return true;
    }

    private void GiveUp(FollowedCollection collection, CopyRange range)
    {
        lock (state.Gate)
        {
            range.GiveUp();
            if (state.Waiting.Remove(range, out var waiting))
            {
                waiting.Dispose();
            }

            if (collection.IsNatural(range))
            {
                CopyInRanges(collection);
            }
            else
            {
                state.Work.Enqueue((collection, range));
            }
        }

        state.WorkCame.Set();
    }

    /// <summary>Natural order did not come to its end: what was written of it is kept where it is right, as of any other interrupted copy.</summary>
    private void CopyInRanges(FollowedCollection collection)
    {
        notices.Say(
            $"{collection.Source.Name} could not be read in natural order to its end {NaturalReadsMax} times: it is copied in ranges of _id."
        );
        collection.IsCopiedInNaturalOrder = false;
        collection.Ranges!.Cut(collection.PartBounds);
        foreach (var pending in collection.Ranges.Ranges)
        {
            state.Work.Enqueue((collection, pending));
        }
    }

    /// <summary>Hands the events that waited to the lanes, no faster than the lanes take them.</summary>
    private async Task DrainAsync(FollowedCollection collection, CopyRange range, CancellationToken cancellationToken)
    {
        lock (state.Gate)
        {
            state.Written(range);
        }

        while (TryFindWaiting(collection, range, out var waiting))
        {
            await state.UntilReadAgainAsync(cancellationToken);
            if (await waiting.TakeAsync(cancellationToken) is not { } events)
            {
                continue;
            }

            var share = await waited.TakeAsync(
                EventBuffer.CostOf(events.Bytes.Length, events.Count),
                cancellationToken
            );
            using var block = new SharedBlock(share, events);
            lock (state.Gate)
            {
                if (range.State == RangeState.Draining)
                {
                    state.Settle(collection, events, block);
                }
            }
        }
    }

    /// <summary>The events that still wait; with none left the range is finished, and so it is if its collection is gone.</summary>
    private bool TryFindWaiting(
        FollowedCollection collection,
        CopyRange range,
        [NotNullWhen(true)] out WaitingEvents? waiting
    )
    {
        lock (state.Gate)
        {
            if (state.Waiting.TryGetValue(range, out waiting) && !waiting.IsEmpty)
            {
                return true;
            }

            state.Drained(collection, range);
            return false;
        }
    }

    /// <summary>How far a range is written.</summary>
    private sealed class CopyProgress
    {
        internal RawValue LastId { get; private set; }

        internal CollectionSize Size { get; private set; }

        internal void Note(MovedBatch moved) => (Size, LastId) = (Size.Plus(moved.Size), moved.LastId);
    }
}
