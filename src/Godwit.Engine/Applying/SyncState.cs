using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>Where events go that come after the final time of a cutover.</summary>
internal interface ILateEvents
{
    /// <summary>
    /// Keeps an event, to be carried out only if the cutover is given up. A definition has no action: it is listed then. False if
    /// the event is not late.
    /// </summary>
    bool TryKeep(ClusterTime time, Namespace name, Action? carryOut);
}

/// <summary>
/// What all workers of a running migration share: the router with its decisions, the collections, the lanes. One gate guards all of
/// it; nothing is awaited under the gate.
/// </summary>
internal sealed class SyncState
{
    private readonly Dictionary<Guid, FollowedCollection> collections = [];

    internal SyncState(Router<PendingEvent> router, int lanes, int firstLaneSlot)
    {
        Router = router;
        Lanes = [.. Enumerable.Range(firstLaneSlot, lanes).Select(slot => new Lane(slot))];
    }

    internal Lock Gate { get; } = new();

    internal Router<PendingEvent> Router { get; }

    internal IReadOnlyList<Lane> Lanes { get; }

    internal Counters Counters { get; } = new();

    /// <summary>Set when an item is acknowledged, a range finished or a key became dirty.</summary>
    internal Pulse Changed { get; } = new();

    /// <summary>Set when keys became dirty.</summary>
    internal Pulse Dirtied { get; } = new();

    /// <summary>Set when ranges became pending.</summary>
    internal Pulse WorkCame { get; } = new();

    /// <summary>Ranges to copy and collections to plan (a <see langword="null"/> range), first come first served.</summary>
    internal Queue<(FollowedCollection Collection, CopyRange? Range)> Work { get; } = [];

    /// <summary>Events that wait for their range, by range.</summary>
    internal Dictionary<CopyRange, WaitingEvents> Waiting { get; } = [];

    /// <summary>Told of every data event that is routed, under the gate, once verification has begun (S22).</summary>
    internal Action<FollowedCollection, KeyHash, RawValue>? Watcher { get; set; }

    /// <summary>Keeps events after a cutover's final time away from the destination; <see langword="null"/> while none runs (S28).</summary>
    internal ILateEvents? LateEvents { get; set; }

    internal IReadOnlyCollection<FollowedCollection> Collections => collections.Values;

    internal bool IsCopied => collections.Values.All(one => one.IsCopied);

    internal FollowedCollection? Find(Guid uuid) => collections.GetValueOrDefault(uuid);

    internal void Follow(FollowedCollection collection)
    {
        collections.Add(collection.Uuid, collection);
        if (collection.Ranges is { } ranges)
        {
            foreach (var range in ranges.Ranges.Where(one => one.State == RangeState.Pending))
            {
                Work.Enqueue((collection, range));
            }
        }
        else
        {
            Work.Enqueue((collection, null));
        }

        WorkCame.Set();
    }

    /// <summary>The source collection is gone: nothing of it is written any more.</summary>
    internal void Leave(FollowedCollection collection)
    {
        _ = collections.Remove(collection.Uuid);
        collection.Leave();
        foreach (var range in collection.Ranges?.Ranges ?? [])
        {
            Router.Forget(range);
            if (Waiting.Remove(range, out var waiting))
            {
                waiting.Dispose();
            }
        }

        foreach (var entry in Router.Dirty.Where(one => one.Address.Collection == collection.Uuid).ToList())
        {
            Router.Forget(entry);
            foreach (var (_, parked) in entry.Parked)
            {
                parked.Block?.Dispose();
            }
        }
    }

    /// <summary>Decides about an event of the stream and carries the decision out. Takes over the event's share of its block.</summary>
    internal void Route(PendingEvent item, bool reread)
    {
        var change = item.Change;
        if (LateEvents?.TryKeep(change.Time, item.Collection.Source.Name, () => Route(item, reread)) == true)
        {
            return;
        }

        Watcher?.Invoke(item.Collection, item.Key, change.Id);
        if (item.Collection.Ranges is not { } ranges)
        {
            item.Block?.Dispose();
            return;
        }

        var range = ranges.Find(FollowedCollection.KeyOf(change.Id));
        var verdict = Router.Route(change.Time, item.Key, range, reread, () => Address(item), item);
        Carry(item, range, verdict);
    }

    /// <summary>Decides again about an event that waited for its range or behind a re-read.</summary>
    internal void Settle(PendingEvent item, bool reread)
    {
        var range = item.Collection.Ranges!.Find(FollowedCollection.KeyOf(item.Change.Id));
        var verdict = Router.Settle(item.Change.Time, item.Key, range, reread, () => Address(item), item);
        Carry(item, range, verdict);
    }

    /// <summary>The range is written: its events begin to move.</summary>
    internal void Written(CopyRange range) => Router.Written(range);

    /// <summary>No event waits for the range any more.</summary>
    internal void Drained(CopyRange range)
    {
        Router.Drained(range);
        if (Waiting.Remove(range, out var waiting))
        {
            waiting.Dispose();
        }

        Changed.Set();
    }

    /// <summary>Whether every event routed so far is applied in ranges that are written, keys still dirty aside (S21).</summary>
    internal bool IsQuiet => AreLanesEmpty && !Router.HasDraining;

    /// <summary>Whether nothing stands in a lane or is being written; dirty keys may wait for their read.</summary>
    internal bool AreLanesEmpty => Lanes.All(lane => lane.Items.Count == 0 && !lane.IsBusy);

    internal void Enqueue(LaneItem item)
    {
        var lane = Lanes[item.Collection.Lane(item.Ticket.Key, Lanes.Count)];
        lane.Items.Enqueue(item);
        lane.Woken.Set();
    }

    /// <summary>Waits until the condition, looked at under the gate, holds.</summary>
    internal async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = Changed.Next;
            lock (Gate)
            {
                if (condition())
                {
                    return;
                }
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    private static FollowedKey Address(PendingEvent item) =>
        new(item.Collection.Uuid, new(item.Change.Id.Type, item.Change.Id.Bytes.ToArray()));

    private void Carry(PendingEvent item, CopyRange range, Verdict verdict)
    {
        switch (verdict)
        {
            case Verdict.Dispatch:
                var ticket = new LaneTicket(item.Key, item.Change.Time, item.Change.Time, IsRewrite: false);
                Enqueue(new(ticket, item.Collection, item.Change.Id, item.Block) { Change = item.Change });
                break;
            case Verdict.Wait:
                if (!Waiting.TryGetValue(range, out var waiting))
                {
                    Waiting[range] = waiting = new();
                }

                waiting.Add(item);
                break;
            case Verdict.Park:
                // The router keeps the event itself; its block stays shared until the key is resolved.
                break;
            case Verdict.Dirty:
                item.Block?.Dispose();
                Dirtied.Set();
                break;
            case Verdict.Drop:
                item.Block?.Dispose();
                Dirtied.Set();
                break;
        }
    }
}
