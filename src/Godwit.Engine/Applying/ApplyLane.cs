using System.Runtime.InteropServices;
using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;

namespace Godwit.Engine.Applying;

/// <summary>
/// Has written what stands in one lane, in order, one command at a time (S14): here, or by the host that keeps the contents of its events.
/// Where the outcome is not what it must be, keys become dirty.
/// </summary>
internal sealed class ApplyLane(
    Lane lane,
    SyncState state,
    IDestinationCluster destination,
    WriteSlots slots,
    RetryPolicy retry,
    Pulse checkpointWanted,
    SharedChanges? changes = null
)
{
    private const int BatchItemsMin = 50;
    private const int BatchItemsMax = 5_000;
    private const long BatchBytesMax = 4 * 1024 * 1024;
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(100);
    private readonly List<LaneItem> taken = [];
    private readonly BatchPacer pacer = new(BatchItemsMin, BatchItemsMax, BatchTime);
    private readonly LaneWriter writer = new(destination, retry);
    private readonly LaneShares shares = new();

    /// <summary>Whether another host keeps what one of the items taken out has brought.</summary>
    private bool isSomeElsewhere;

    /// <summary>The part of the batch that took longest to be written, the way of orders aside.</summary>
    private (int Items, TimeSpan Took) slowest;

    private readonly RefusedRewrites refused = new(retry.Time);

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var woken = lane.Woken.Next;
            TakeItems();
            if (taken.Count == 0)
            {
                await woken.WaitAsync(cancellationToken);
                continue;
            }

            await ApplyAsync(cancellationToken);
            pacer.Note(slowest.Items, slowest.Took, isSomeElsewhere ? shares.Count : 1);
            bool areDirty;
            lock (state.Gate)
            {
                lane.Writing = null;
                areDirty = state.Router.Dirty.Count > 0;
            }

            state.Changed.Set();
            if (areDirty)
            {
                // One of them may have waited for what this lane has written.
                state.Dirtied.Set();
            }
        }
    }

    private void TakeItems()
    {
        taken.Clear();
        isSomeElsewhere = false;
        slowest = default;
        long bytes = 0;
        var hasChanged = false;
        var earliest = ClusterTime.MaxValue;
        lock (state.Gate)
        {
            while (
                taken.Count < pacer.ItemsMax && bytes < BatchBytesMax * pacer.Places && lane.Items.TryPeek(out var item)
            )
            {
                // Writes to a collection that is gone are over with it (S1).
                var isGone = item.Collection.IsGone;
                var verdict = state.Router.Take(item.Ticket);
                if (verdict == LaneVerdict.Hold && !isGone)
                {
                    checkpointWanted.Set();
                    break;
                }

                state.Dequeue(lane);
                if (verdict == LaneVerdict.Skip || isGone)
                {
                    if (verdict != LaneVerdict.Skip)
                    {
                        state.Router.Done(item.Ticket);
                    }

                    item.Dispose();
                    hasChanged = true;
                    continue;
                }

                taken.Add(item);
                bytes += item.Bytes;
                isSomeElsewhere |= item.Held.IsHeld;
                earliest = ClusterTime.Min(earliest, item.Ticket.Time);
            }

            lane.Writing = taken.Count > 0 ? earliest : null;
        }

        if (hasChanged)
        {
            state.Changed.Set();
        }
    }

    private async Task ApplyAsync(CancellationToken cancellationToken)
    {
        if (!isSomeElsewhere)
        {
            await WriteHereAsync(taken, cancellationToken);
            return;
        }

        foreach (var share in shares.Split(taken))
        {
            if (share.Holder == 0)
            {
                await WriteHereAsync(share.Items, cancellationToken);
            }
            else
            {
                await WriteThereAsync(share, cancellationToken);
            }
        }
    }

    private async Task WriteHereAsync(List<LaneItem> items, CancellationToken cancellationToken)
    {
        var began = retry.Time.GetTimestamp();
        await WriteAsync(items, cancellationToken);
        NoteTook(items.Count, retry.Time.GetElapsedTime(began));
    }

    private void NoteTook(int items, TimeSpan took) => slowest = took >= slowest.Took ? (items, took) : slowest;

    private async Task WriteAsync(List<LaneItem> items, CancellationToken cancellationToken)
    {
        await foreach (var end in writer.WriteAsync(items, () => slots.Next(lane.Slot), cancellationToken))
        {
            if (end.Refusal is { } refusal)
            {
                NoteRefused(end, refusal);
                if (refusal.MayPass)
                {
                    await retry.WaitAsync(cancellationToken);
                }
            }
            else if (end.AreDone)
            {
                refused.Forget(end.Items);
            }

            if (end.AreDone && changes is not null)
            {
                state.Counters.AddWritten(end.Items.Count, end.Items.Sum(item => (long)item.Bytes));
            }

            Finish(end.Items, end.AreDone, end.Refusal is { IsMadeWay: true } madeWay ? madeWay.At : -1);
        }
    }

    /// <summary>
    /// The host that keeps the events writes them. If it is gone, so is what they brought; if it does not say what it has written, nothing of
    /// that may come later (S17). Either way their documents are read again, which is always right (S12).
    /// </summary>
    private async Task WriteThereAsync(LaneShare share, CancellationToken cancellationToken)
    {
        if (changes?.Find(share.Holder) is not { } host)
        {
            NoteLost(share.Items);
            Finish(share.Items, areDone: false);
            return;
        }

        var order = share.ToOrder(slots, lane.Slot);
        try
        {
            var end = await host.WriteAsync(order, cancellationToken);
            NoteTook(share.Items.Count, end.Took);
            if (end.MayPass)
            {
                await retry.WaitAsync(cancellationToken);
            }

            Finish(share.Items, index => end.AreDone[index]);
        }
        catch (ClusterException)
        {
            var fence = slots.Next(lane.Slot);
            await retry.RunAsync(token => destination.FenceAsync(fence, token), cancellationToken);
            Finish(share.Items, areDone: false);
        }
    }

    /// <summary>No read makes up for an event where order is content: the collection is copied anew (S30).</summary>
    private void NoteLost(List<LaneItem> items)
    {
        foreach (var item in items.Where(one => one.Ticket.Places))
        {
            state.BeginAnew(item.Collection, "what a change brought is gone with the host that had read it");
        }
    }

    /// <summary>A capped collection is copied anew where order would be lost: no document of it is tried again and again (S30).</summary>
    private void NoteRefused(in GroupEnd end, Refusal refusal)
    {
        if (!end.Items[0].Collection.IsCapped)
        {
            refused.Count(
                refusal.At < 0 ? end.Items : [end.Items[refusal.At]],
                refusal.IsMadeWay,
                refusal.MayPass,
                refusal.Message
            );
        }
        else if (end.Items.Exists(item => item.Ticket.Places || item.Ticket.IsRewrite))
        {
            state.BeginAnew(end.Items[0].Collection, refusal.Message);
        }
    }

    /// <summary>The items are done, or their documents are to be read again.</summary>
    /// <param name="items">The items.</param>
    /// <param name="areDone">Which of both.</param>
    /// <param name="madeWay">The one that has made way for another with its unique value; -1 for none.</param>
    private void Finish(List<LaneItem> items, bool areDone, int madeWay = -1) => Finish(items, _ => areDone, madeWay);

    private void Finish(List<LaneItem> items, Func<int, bool> isDone, int madeWay = -1)
    {
        if (items.Count == 0)
        {
            return;
        }

        var done = 0;
        lock (state.Gate)
        {
            var all = CollectionsMarshal.AsSpan(items);
            for (var index = 0; index < all.Length; index++)
            {
                ref readonly var item = ref all[index];
                var isThisDone = isDone(index);
                done += isThisDone ? 1 : 0;
                if (isThisDone || item.Collection.IsGone)
                {
                    state.Router.Done(item.Ticket);
                }
                else
                {
                    var waits = item.Collection.IsCapped || index == madeWay;
                    var retryAfter = waits ? item.Ticket.Time : default;
                    state.Router.Doubt(item.Ticket, item.Address(), retryAfter);
                    state.Dirtied.Set();
                }

                item.Dispose();
            }
        }

        if (done > 0)
        {
            state.Counters.AddApplied(done);
        }

        state.Changed.Set();
    }
}
