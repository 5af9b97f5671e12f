using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Spooling;

namespace Godwit.Engine.Applying;

/// <summary>Where events go that come after the final time of a cutover.</summary>
internal interface ILateEvents
{
    /// <summary>
    /// Keeps an event, to be carried out only if the cutover is given up. A definition has no action: it is listed then. False if
    /// the event is not late.
    /// </summary>
    bool TryKeep(ClusterTime time, Namespace name, Action? carryOut);

    /// <summary>A read has found that its collection is not there any more under this name and identity, of which no event may tell (S1a).</summary>
    void NoteMoved();
}

/// <summary>
/// What all workers of a running migration share: the router with its decisions, the collections, the lanes. One gate guards all of
/// it; nothing is awaited under the gate.
/// </summary>
internal sealed class SyncState
{
    /// <summary>
    /// Items in lanes are kept few, since what is read long before it is written has left the processor's cache and is looked at by
    /// every garbage collection in between; replies that wait unopened cost neither.
    /// </summary>
    private const int BacklogMax = 20_000;

    private static readonly Dictionary<Guid, ClusterTime> NothingForgotten = [];
    private readonly Dictionary<Guid, FollowedCollection> collections = [];
    private readonly KeyScratch keys = new();
    private FollowedCollection? uncopied;

    internal SyncState(Router<PendingEvent> router, WaitingRoom room, int lanes, int firstLaneSlot)
    {
        Router = router;
        Room = room;
        Lanes = [.. Enumerable.Range(firstLaneSlot, lanes).Select(slot => new Lane(slot))];
    }

    internal Lock Gate { get; } = new();

    internal Router<PendingEvent> Router { get; }

    internal IReadOnlyList<Lane> Lanes { get; }

    /// <summary>Bounds the events that wait for their range.</summary>
    internal WaitingRoom Room { get; }

    internal Counters Counters { get; } = new();

    /// <summary>Set when an item is acknowledged, a range finished or a key became dirty.</summary>
    internal Pulse Changed { get; } = new();

    /// <summary>Set when keys became dirty.</summary>
    internal Pulse Dirtied { get; } = new();

    /// <summary>Set when a read found that its collection is not there any more under this name and identity.</summary>
    internal Pulse Moved { get; } = new();

    /// <summary>Set when ranges became pending.</summary>
    internal Pulse WorkCame { get; } = new();

    /// <summary>Ranges to copy and collections to measure and plan (a <see langword="null"/> range), first come first served.</summary>
    internal Queue<(FollowedCollection Collection, CopyRange? Range)> Work { get; } = [];

    /// <summary>
    /// Collections that cannot be gone on with as they stand here, and why: capped ones whose order cannot be kept (S30), and those of which
    /// a copy in natural order was interrupted (S8). They are copied anew at the next listing.
    /// </summary>
    internal Dictionary<Guid, string> Anew { get; } = [];

    /// <summary>
    /// Keys of collections that are read in passing that changed after the time which a rehearsal stands at: such reads may show it.
    /// </summary>
    internal HashSet<KeyHash> LateKeys { get; } = [];

    /// <summary>Events that wait for their range, by range.</summary>
    internal Dictionary<CopyRange, WaitingEvents> Waiting { get; } = [];

    /// <summary>Told of every data event that is routed, under the gate, once verification has begun (S22).</summary>
    internal Action<FollowedCollection, KeyHash, RawValue>? Watcher { get; set; }

    /// <summary>Keeps events after a cutover's final time away from the destination; <see langword="null"/> while none runs (S28).</summary>
    internal ILateEvents? LateEvents { get; set; }

    /// <summary>
    /// Whether the source is a sharded cluster: documents are read again in place of events of transactions (S12), and a difference may
    /// be that of a transaction whose events are still to come (S23).
    /// </summary>
    internal bool IsSourceSharded { get; init; }

    /// <summary>Bytes that keys may take which wait to be read again, and those that were.</summary>
    internal long DirtyBytesMax { get; init; } = long.MaxValue;

    /// <summary>
    /// Set while reading again fails: what is to be read may have moved, which only what is routed next tells of, so that routing does not
    /// wait for it.
    /// </summary>
    internal bool IsRereadingInVain { get; set; }

    internal IReadOnlyCollection<FollowedCollection> Collections => collections.Values;

    /// <summary>Items that stand in all lanes together.</summary>
    internal int Backlog { get; private set; }

    /// <summary>Whether nothing more should be routed before lanes have caught up, or keys were read again.</summary>
    internal bool IsBacklogFull => Backlog > BacklogMax || IsCrowded;

    /// <summary>Whether it is to be forgotten which keys were read again, since there are too many.</summary>
    internal bool MustForget => Router.ReadAgainBytes > DirtyBytesMax && LateEvents is null;

    private bool IsCrowded => !IsRereadingInVain && Router.IsCrowded(DirtyBytesMax);

    /// <summary>Ranges that are copied and not saved as such.</summary>
    internal UnsavedRanges Unsaved { get; } = new();

    /// <summary>Whether everything is copied. Asked for often: it looks first at what was not when it was asked last.</summary>
    internal bool IsCopied
    {
        get
        {
            if (uncopied is not { IsGone: false, IsCopied: false })
            {
                uncopied = collections.Values.FirstOrDefault(one => !one.IsCopied);
            }

            return uncopied is null;
        }
    }

    /// <summary>Whether everything is copied but for what a cutover copies on its way.</summary>
    internal bool IsNearlyCopied =>
        IsCopied || (uncopied!.IsLatecomer && Latecomers.IsLittle(collections.Values.Where(one => !one.IsCopied)));

    /// <summary>Whether it is known of every collection how large it is.</summary>
    internal bool IsMeasured => IsCopied || collections.Values.All(one => one.Ranges is not null);

    /// <summary>Collections whose order is content.</summary>
    internal IReadOnlyCollection<Guid> Ordered { get; private set; } = [];

    internal FollowedCollection? Find(Guid uuid) => collections.GetValueOrDefault(uuid);

    internal void Follow(FollowedCollection collection)
    {
        collections.Add(collection.Uuid, collection);
        Ordered = collection.IsCapped ? [.. Ordered, collection.Uuid] : Ordered;
        Work.Enqueue((collection, null));
        WorkCame.Set();
    }

    /// <summary>The source collection is gone: nothing of it is written any more.</summary>
    internal void Leave(FollowedCollection collection)
    {
        _ = collections.Remove(collection.Uuid);
        Ordered = collection.IsCapped ? [.. Ordered.Where(one => one != collection.Uuid)] : Ordered;
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
                parked.Block.Dispose();
            }
        }
    }

    /// <summary>Decides about an event of the stream and carries the decision out. What is kept takes a share of its block.</summary>
    internal void Route(in ChangeEvent change, FollowedCollection collection, SharedBlock block)
    {
        var key = keys.Encode(change.Id);
        var item = new PendingEvent(change, collection, collection.Hash(key), block);
        if (LateEvents is not null && IsKeptAsLate(item))
        {
            return;
        }

        Watcher?.Invoke(collection, item.Key, change.Id);
        if (collection.Ranges?.Find(key) is { } range)
        {
            Carry(item, range, Router.Route(change.Time, item.Key, range, HandlingOf(item), item));
        }
    }

    /// <summary>Whether it came after a cutover's final time: routed later, if the cutover is given up (S28).</summary>
    private bool IsKeptAsLate(PendingEvent item)
    {
        var block = item.Block.Share();
        var isKept = LateEvents!.TryKeep(
            item.Change.Time,
            item.Collection.Source.Name,
            () =>
            {
                using (block)
                {
                    Route(item.Change, item.Collection, block);
                }
            }
        );
        if (!isKept)
        {
            block.Dispose();
        }
        else if (item.Collection.IsReadInPassing)
        {
            _ = LateKeys.Add(item.Key);
        }

        return isKept;
    }

    /// <summary>Decides again about events that waited for their range.</summary>
    internal void Settle(FollowedCollection collection, DocumentBatch waited, SharedBlock block)
    {
        foreach (var document in waited)
        {
            var change = ChangeEvent.Parse(document);
            Settle(new(change, collection, collection.Hash(keys.Encode(change.Id)), block));
        }
    }

    /// <summary>A dirty key was read: puts what was found into its lane, then settles what was parked behind the read.</summary>
    internal void Resolve(
        DirtyKey<PendingEvent> entry,
        FollowedCollection collection,
        RawDocument? document,
        SharedBlock block
    )
    {
        Enqueue(LaneItem.OfDocument(Router.Resolve(entry), collection, entry.Address.Id, document, block));
        foreach (var (_, parked) in entry.Parked)
        {
            Settle(parked);
            parked.Block.Dispose();
        }
    }

    /// <summary>The range is written: its events begin to move.</summary>
    internal void Written(CopyRange range) => Router.Written(range);

    /// <summary>No event waits for the range any more.</summary>
    internal void Drained(FollowedCollection collection, CopyRange range)
    {
        Router.Drained(range);
        foreach (var part in collection.Part(range))
        {
            Unsaved.Add(collection, part);
        }

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

    /// <summary>Takes out the item at the head of a lane.</summary>
    internal void Dequeue(Lane lane)
    {
        _ = lane.Items.Dequeue();
        Backlog--;
    }

    /// <summary>The earliest time of all that stands in a lane or is being written; the end of time if nothing does.</summary>
    internal ClusterTime EarliestInLanes() =>
        Lanes.Aggregate(
            ClusterTime.MaxValue,
            (time, lane) =>
                lane.Items.Aggregate(
                    ClusterTime.Min(time, lane.Writing ?? ClusterTime.MaxValue),
                    (earlier, item) => ClusterTime.Min(earlier, item.Ticket.Time)
                )
        );

    /// <summary>A lane that has items already is at work on them, or waits for something else than more of them.</summary>
    private void Enqueue(in LaneItem item)
    {
        var lane = Lanes[item.Collection.Lane(item.Ticket.Key, Lanes.Count)];
        lane.Items.Enqueue(item);
        Backlog++;
        if (lane.Items.Count == 1)
        {
            lane.Woken.Set();
        }
    }

    /// <summary>
    /// Has a collection copied anew: a capped one, since what would have to be put between other documents cannot be, or one of which nobody
    /// knows how far it was copied in natural order. Within a cutover that is given up for it.
    /// </summary>
    internal void BeginAnew(FollowedCollection collection, string reason)
    {
        lock (Gate)
        {
            if (ReferenceEquals(Find(collection.Uuid), collection))
            {
                _ = Anew.TryAdd(collection.Uuid, reason);
                LateEvents?.NoteMoved();
            }
        }

        Moved.Set();
    }

    /// <summary>Takes notice of a fault that says that a collection has moved: no event may tell of it (S1a).</summary>
    internal void NoteMoved(Faults.ClusterException fault)
    {
        if (fault.Kind == Faults.FaultKind.Moved)
        {
            Moved.Set();
            lock (Gate)
            {
                LateEvents?.NoteMoved();
            }
        }
    }

    /// <summary>Waits until lanes have worked off half of what they may hold, and what is to be read again has room.</summary>
    internal Task UntilCaughtUpAsync(CancellationToken cancellationToken) =>
        UntilAsync(() => Backlog <= BacklogMax / 2 && !IsCrowded, cancellationToken);

    /// <summary>Waits until what is to be read again has room.</summary>
    internal Task UntilReadAgainAsync(CancellationToken cancellationToken) =>
        UntilAsync(() => !IsCrowded, cancellationToken);

    /// <summary>
    /// Waits until nothing stands in a lane, and forgets which keys were read again: the ranges they are of are as after a crash, so that
    /// no more than reading them again comes of it (S16).
    /// </summary>
    internal Task ForgetReadAgainAsync(CancellationToken cancellationToken) =>
        UntilAsync(
            () =>
            {
                if (!AreLanesEmpty)
                {
                    return false;
                }

                foreach (var (collection, through) in MustForget ? Router.ForgetReadAgain() : NothingForgotten)
                {
                    foreach (var range in Find(collection)?.Ranges?.Ranges ?? [])
                    {
                        range.Doubt(through);
                    }
                }

                return true;
            },
            cancellationToken
        );

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

    private Handling HandlingOf(in PendingEvent item)
    {
        var handling = MustReread(item) ? Handling.Reread : Handling.None;
        return !item.Collection.IsCapped ? handling
            : item.Change.IsPartial || item.Change.Kind is not (EventKind.Insert or EventKind.Delete)
                ? handling | Handling.Ordered
            : Handling.Ordered | Handling.Places;
    }

    private bool MustReread(in PendingEvent item) =>
        item.Change.IsPartial
        || (IsSourceSharded && item.Change.IsOfTransaction)
        || (item.Collection.Source.IsRuled && item.Change.Kind != EventKind.Delete);

    private void Settle(in PendingEvent item)
    {
        var range = item.Collection.Ranges!.Find(keys.Encode(item.Change.Id));
        Carry(item, range, Router.Settle(item.Change.Time, item.Key, range, HandlingOf(item), item));
    }

    private void Carry(in PendingEvent item, CopyRange range, Verdict verdict)
    {
        switch (verdict)
        {
            case Verdict.Dispatch or Verdict.Place:
                Enqueue(
                    LaneItem.OfEvent(
                        item,
                        HandlingOf(item).HasFlag(Handling.Places),
                        mayBeThere: verdict == Verdict.Place
                    )
                );
                break;
            case Verdict.Wait:
                if (!Waiting.TryGetValue(range, out var waiting))
                {
                    Waiting[range] = waiting = Room.Open();
                }

                waiting.Add(item.Collection.IsNatural(range) ? KeyEvents.Of(item.Change.Raw) : item.Change.Raw);
                break;
            case Verdict.Park:
                // The router keeps the event; its block stays shared until the key is resolved.
                _ = item.Block.Share();
                break;
            case Verdict.Dirty:
                Dirtied.Set();
                break;
            case Verdict.Drop:
                break;
        }
    }
}
