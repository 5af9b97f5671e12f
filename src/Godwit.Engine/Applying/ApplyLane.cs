using System.Runtime.InteropServices;
using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Faults;
using Godwit.Engine.Pacing;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Writes what stands in one lane, in order, one command at a time (S14). A command that is not answered is sent again with the same
/// ticket, if that is harmless; else, and where the outcome is not what it must be, its keys become dirty.
/// </summary>
internal sealed class ApplyLane(
    Lane lane,
    SyncState state,
    IDestinationCluster destination,
    WriteSlots slots,
    RetryPolicy retry,
    Pulse checkpointWanted
)
{
    private const int BatchItemsMin = 50;
    private const int BatchItemsMax = 5_000;
    private const long BatchBytesMax = 4 * 1024 * 1024;
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(100);
    private readonly List<LaneItem> taken = [];
    private readonly BatchPacer pacer = new(BatchItemsMin, BatchItemsMax, BatchTime);
    private readonly StatementBuilder builder = new();
    private readonly RefusedRewrites refused = new(retry.Time);
    private string lastRefusal = "";

    /// <summary>The item of the last group that was refused; -1 if none was, or the whole command.</summary>
    private int refusedAt = -1;

    /// <summary>Whether it was refused because its unique value is taken.</summary>
    private bool isMadeWay;

    /// <summary>
    /// Whether it was refused because of what passes by itself: an orphan, which is a document of the same <c>_id</c> that no command
    /// through a router meets; or because its collection is being renamed or made anew here, and the listing has not come to its end (S19).
    /// </summary>
    private bool mayPass;

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

            var began = retry.Time.GetTimestamp();
            await ApplyAsync(cancellationToken);
            pacer.Note(taken.Count, retry.Time.GetElapsedTime(began));
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
        long bytes = 0;
        var hasChanged = false;
        var earliest = ClusterTime.MaxValue;
        lock (state.Gate)
        {
            while (taken.Count < pacer.ItemsMax && bytes < BatchBytesMax && lane.Items.TryPeek(out var item))
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
        builder.Clear();
        foreach (ref readonly var item in CollectionsMarshal.AsSpan(taken))
        {
            builder.Add(item);
        }

        (refusedAt, isMadeWay, mayPass) = (-1, false, false);
        Finish(builder.Untranslatable, areDone: false);
        foreach (var group in builder.Groups)
        {
            if (group.Statements.Count == 0)
            {
                Finish(group.Items, areDone: true);
                continue;
            }

            var areDone = await TryRemoveAsync(group, cancellationToken) && await SendAsync(group, cancellationToken);
            if (areDone)
            {
                refused.Forget(group.Items);
            }
            else
            {
                NoteRefused(group);
                if (mayPass)
                {
                    await retry.WaitAsync(cancellationToken);
                }
            }

            Finish(group.Items, areDone);
        }
    }

    /// <summary>The first of two steps, where a group takes two; false if it was refused.</summary>
    private async Task<bool> TryRemoveAsync(StatementGroup group, CancellationToken cancellationToken)
    {
        (refusedAt, isMadeWay, mayPass) = (-1, false, false);
        try
        {
            if (group.IsInTwoSteps)
            {
                await RemoveAsync(group.ToDeletes(), cancellationToken);
            }

            return true;
        }
        catch (ClusterException fault) when (IsRefusal(fault))
        {
            NoteRefusal(fault);
            return false;
        }
    }

    private Task<bool> SendAsync(StatementGroup group, CancellationToken cancellationToken)
    {
        var ticket = slots.Next(lane.Slot);
        return retry.RunAsync(token => SendAsync(group, ticket, token), cancellationToken);
    }

    /// <summary>Sends a group; false if it did not do exactly what it had to.</summary>
    private async Task<bool> SendAsync(StatementGroup group, WriteTicket ticket, CancellationToken cancellationToken)
    {
        (refusedAt, isMadeWay, mayPass) = (-1, false, false);
        try
        {
            var outcome = group is { IsDeleteAndInsert: true, IsInTwoSteps: false }
                ? await destination.WriteInTransactionAsync(ticket, group.ToDeleteAndInsert(), cancellationToken)
                : await destination.WriteAsync(ticket, group.ToCommand(), cancellationToken);
            lastRefusal = outcome.Errors.Count > 0 ? outcome.Errors[0].Message : "a statement met no document";
            if (!group.IsStrict && outcome.Errors.Count > 0)
            {
                // One statement an item, carried out in order: those before it are written, those behind it were not tried.
                refusedAt = outcome.Errors[0].Index;
                if (outcome.Errors[0].Code == ServerCodes.DuplicateKey)
                {
                    mayPass = group.IsInTwoSteps && IsOfId(outcome.Errors[0].KeyValue);
                    await MakeWayAsync(group.Items[refusedAt], cancellationToken);
                }
            }

            return outcome.Errors.Count == 0 && (!group.IsStrict || outcome.Count == group.Statements.Count);
        }
        catch (ClusterException fault) when (IsRefusal(fault))
        {
            NoteRefusal(fault);
            return false;
        }
        catch (ClusterException lost) when (lost.Kind == FaultKind.Transient && !group.IsRepeatable)
        {
            // Nor may what was sent arrive later, when its documents have been read again (S17).
            var fence = slots.Next(lane.Slot);
            await retry.RunAsync(token => destination.FenceAsync(fence, token), cancellationToken);
            return false;
        }
    }

    private static bool IsRefusal(ClusterException fault) =>
        fault.Kind is FaultKind.DataConflict or FaultKind.Moved or FaultKind.BadRequest;

    private void NoteRefusal(ClusterException fault) =>
        (lastRefusal, mayPass) = (fault.Message, fault.Kind == FaultKind.Moved);

    /// <summary>
    /// A document that was read again has a unique value that another still holds here, whose own change is on its way and may wait
    /// for this one's value in turn. This one goes until then, which frees its value: so a ring of them comes apart (S25).
    /// </summary>
    private async Task MakeWayAsync(LaneItem item, CancellationToken cancellationToken)
    {
        var delete = StatementWriter.DeleteOf(item.Id);
        var command = new WriteCommand(item.Collection.Destination, WriteKind.Delete, delete, Ordered: true);
        await RemoveAsync(command, cancellationToken);
        isMadeWay = true;
    }

    /// <summary>Its delete has reached every shard that owns anything, so what has the <c>_id</c> is owned by none (S13).</summary>
    private static bool IsOfId(RawDocument key) => key.Count() == 1 && key.First().NameIs("_id"u8);

    private Task RemoveAsync(WriteCommand deletes, CancellationToken cancellationToken)
    {
        var ticket = slots.Next(lane.Slot);
        return retry.RunAsync(token => destination.WriteAsync(ticket, deletes, token), cancellationToken);
    }

    /// <summary>A capped collection is copied anew where order would be lost: no document of it is tried again and again (S30).</summary>
    private void NoteRefused(StatementGroup group)
    {
        if (!group.Collection.IsCapped)
        {
            refused.Count(refusedAt < 0 ? group.Items : [group.Items[refusedAt]], isMadeWay, mayPass, lastRefusal);
        }
        else if (group.Items.Exists(item => item.Ticket.Places || item.Ticket.IsRewrite))
        {
            state.BeginAnew(group.Collection, lastRefusal);
        }
    }

    private void Finish(List<LaneItem> items, bool areDone)
    {
        if (items.Count == 0)
        {
            return;
        }

        lock (state.Gate)
        {
            var all = CollectionsMarshal.AsSpan(items);
            for (var index = 0; index < all.Length; index++)
            {
                ref readonly var item = ref all[index];
                if (areDone || item.Collection.IsGone)
                {
                    state.Router.Done(item.Ticket);
                }
                else
                {
                    var isHeld = item.Collection.IsCapped || (isMadeWay && index == refusedAt);
                    var retryAfter = isHeld ? item.Ticket.Time : default;
                    state.Router.Doubt(item.Ticket, item.Address(), retryAfter);
                    state.Dirtied.Set();
                }

                item.Dispose();
            }
        }

        if (areDone)
        {
            state.Counters.AddApplied(items.Count);
        }

        state.Changed.Set();
    }
}
