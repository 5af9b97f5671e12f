using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Changes;

/// <summary>
/// The authority on what happens to every event: S5, S6, S9, S10, S12 and S16 as decisions on state held here, without I/O and
/// without a clock. Not thread-safe: the shell that drives it takes one lock around each call, the random model calls it directly.
/// </summary>
/// <typeparam name="TEvent">What the shell keeps of an event.</typeparam>
internal sealed class Router<TEvent>
{
    private readonly Func<TEvent, FollowedKey> addressOf;
    private readonly DirtyKeys<TEvent> dirty = new();
    private readonly ReadAgain readAgain = new();
    private readonly HashSet<CopyRange> draining = [];
    private ClusterTime highestAsOf;

    /// <summary>Starts where the stream starts, or where a checkpoint left off.</summary>
    /// <param name="position">The time everything up to which is applied or covered.</param>
    /// <param name="ceiling">The saved ceiling.</param>
    /// <param name="addressOf">The address of an event's document, in bytes that outlive the event.</param>
    internal Router(ClusterTime position, ClusterTime ceiling, Func<TEvent, FollowedKey> addressOf) =>
        (Seen, Frontier, Ceiling, this.addressOf) = (position, position, ceiling, addressOf);

    /// <summary>The newest time seen, of an event or a high-water mark; openings use it (S5).</summary>
    internal ClusterTime Seen { get; private set; }

    /// <summary>The largest time known complete; floors and barriers use it (S10).</summary>
    internal ClusterTime Frontier { get; private set; }

    /// <summary>The saved ceiling: nothing later than it is written (S16).</summary>
    internal ClusterTime Ceiling { get; private set; }

    /// <summary>Told of every event that was parked behind the read of a key and that a later event has made needless.</summary>
    internal Action<TEvent>? Superseded { get; init; }

    /// <summary>Whether events of a written range still wait to be settled.</summary>
    internal bool HasDraining => draining.Count > 0;

    internal OutstandingTimes Outstanding { get; } = new();

    internal IReadOnlyCollection<DirtyKey<TEvent>> Dirty => dirty.All;

    /// <summary>Whether dirty keys take more than so many bytes while there are some to be read: nothing need be routed then.</summary>
    internal bool IsCrowded(long bytesMax) => dirty.Bytes > bytesMax && dirty.Next() is not null;

    /// <summary>About what it takes in memory to know which keys were read again, and as of when.</summary>
    internal long ReadAgainBytes => readAgain.Bytes;

    /// <summary>
    /// Forgets which keys were read again. With no item in any lane: one that is older than its key's document could not be told from
    /// others. The collections they are of, with the time of their newest read: up to it their ranges are in doubt, so that every key with
    /// an event is read again once more (S16).
    /// </summary>
    internal IReadOnlyDictionary<Guid, ClusterTime> ForgetReadAgain() => readAgain.Forget();

    /// <summary>Notes an event or high-water mark before it is routed: its own time is not complete, the one before it is (S10).</summary>
    internal void See(ClusterTime time)
    {
        Seen = ClusterTime.Max(Seen, time);
        Frontier = ClusterTime.Max(Frontier, time.Previous());
    }

    /// <summary>Notes that nothing up to this time is missing, because the next event is known to be later (barriers).</summary>
    internal void Complete(ClusterTime time)
    {
        Seen = ClusterTime.Max(Seen, time);
        Frontier = ClusterTime.Max(Frontier, time);
    }

    /// <summary>Decides about an event that comes from the stream.</summary>
    internal Verdict Route(ClusterTime time, KeyHash key, CopyRange range, Handling handling, in TEvent item) =>
        range.State switch
        {
            RangeState.Pending => Verdict.Drop,
            RangeState.Open or RangeState.Draining => time <= range.AsOf ? Verdict.Drop : Verdict.Wait,
            RangeState.Copied => Settle(time, key, range, handling, item),
        };

    /// <summary>Decides about an event of a range that is written: from the stream, or one that waited.</summary>
    internal Verdict Settle(ClusterTime time, KeyHash key, CopyRange range, Handling handling, in TEvent item)
    {
        if (handling.HasFlag(Handling.Places))
        {
            return Place(time, key, range);
        }

        if (range.State is RangeState.Pending || time <= range.AsOf || IsReread(key, time))
        {
            return Verdict.Drop;
        }

        if (dirty.TryGet(key, out var entry))
        {
            return JoinDirty(entry, time, item);
        }

        if (handling.HasFlag(Handling.Reread) || time <= range.DoubtfulThrough)
        {
            // Where order counts a document is read again in its place: not before it is known where that is.
            var until = handling.HasFlag(Handling.Ordered) ? ClusterTime.Max(time, range.DoubtfulThrough) : default;
            MarkDirty(key, addressOf(item), time, ClusterTime.Max(Seen, time), until);
            return Verdict.Dirty;
        }

        Outstanding.Add(time);
        return Verdict.Dispatch;
    }

    /// <summary>Opens a pending range: it is to be read at the returned time, not earlier than anything already dropped (S5).</summary>
    internal ClusterTime Open(CopyRange range, ClusterTime clock)
    {
        var asOf = ClusterTime.Max(Seen, clock);
        range.Open(asOf);
        return asOf;
    }

    /// <summary>The range's documents are acknowledged; its events still wait, to be settled one by one until none is left.</summary>
    internal void Written(CopyRange range)
    {
        highestAsOf = ClusterTime.Max(highestAsOf, range.ComparableFrom);
        range.Drain();
        _ = draining.Add(range);
    }

    /// <summary>No event waits any more: from now on the range's events are settled as they come.</summary>
    internal void Drained(CopyRange range)
    {
        range.Finish();
        _ = draining.Remove(range);
    }

    /// <summary>The range's collection is gone.</summary>
    internal void Forget(CopyRange range) => _ = draining.Remove(range);

    /// <summary>What a lane does with the item at its head.</summary>
    internal LaneVerdict Take(in LaneTicket ticket)
    {
        if (ticket.Time > Ceiling)
        {
            return LaneVerdict.Hold;
        }

        if (ticket.Places)
        {
            return LaneVerdict.Apply;
        }

        if (dirty.TryGet(ticket.Key, out var entry))
        {
            Absorb(entry, ticket);
            return LaneVerdict.Skip;
        }

        if (!ticket.IsRewrite && IsReread(ticket.Key, ticket.Time))
        {
            Outstanding.Remove(ticket.Since);
            return LaneVerdict.Skip;
        }

        return LaneVerdict.Apply;
    }

    /// <summary>The item is acknowledged.</summary>
    internal void Done(in LaneTicket ticket) => Outstanding.Remove(ticket.Since);

    /// <summary>The item's outcome is in doubt, or it met another document than it was made on (S12, S14).</summary>
    /// <param name="ticket">The item.</param>
    /// <param name="address">Where its document is.</param>
    /// <param name="retryAfter">The time everything must be routed up to before it is of use to read the document again.</param>
    internal void Doubt(in LaneTicket ticket, FollowedKey address, ClusterTime retryAfter = default)
    {
        if (dirty.TryGet(ticket.Key, out var entry))
        {
            Absorb(entry, ticket);
            return;
        }

        Outstanding.Remove(ticket.Since);
        var known = ClusterTime.Max(ticket.Time, readAgain.AsOf(ticket.Key));
        MarkDirty(ticket.Key, address, ticket.Since, ClusterTime.Max(Seen, known), retryAfter);
    }

    /// <summary>Has a document re-read for another reason than an event: healing (S24).</summary>
    internal void Refresh(KeyHash key, FollowedKey address)
    {
        if (!dirty.Contains(key))
        {
            var noEarlierThan = ClusterTime.Max(Seen, readAgain.AsOf(key));
            MarkDirty(key, address, noEarlierThan, noEarlierThan);
        }
    }

    /// <summary>The collection of which dirty keys are to be read next; none if none may be read now.</summary>
    /// <param name="earliestInLanes">The earliest time of all that stands in lanes: asked for only where a key waits for it.</param>
    internal Guid? NextReread(Func<ClusterTime> earliestInLanes)
    {
        if (dirty.HeldUntil <= Frontier)
        {
            var settled = draining.Aggregate(Frontier, (time, range) => ClusterTime.Min(time, range.AsOf));
            dirty.Release(ClusterTime.Min(settled, earliestInLanes().Previous()));
        }

        return dirty.Next();
    }

    /// <summary>
    /// Takes dirty keys of that collection and chooses the time at which they are read: at or after everything routed for them.
    /// </summary>
    internal (List<DirtyKey<TEvent>> Keys, ClusterTime At) BeginReread(int keysMax, ClusterTime clock)
    {
        var keys = dirty.Take(keysMax);
        var at = keys.Aggregate(clock, (time, key) => ClusterTime.Max(time, key.NoEarlierThan));
        foreach (var key in keys)
        {
            key.ReadAt = at;
        }

        return (keys, at);
    }

    /// <summary>The read failed: the key waits for another.</summary>
    internal void AbandonReread(DirtyKey<TEvent> entry)
    {
        entry.ReadAt = ClusterTime.Zero;
        foreach (var (time, _) in entry.Parked)
        {
            entry.NoEarlierThan = ClusterTime.Max(entry.NoEarlierThan, time);
        }

        dirty.PutBack(entry);
    }

    /// <summary>
    /// Where order counts, once everything up to the end of the read has been routed: whether what was read may take the document's
    /// place. Not if the document was put elsewhere since, or taken out, which is applied instead; and not if it changed while it was read,
    /// which is not known of a read that is of no one time (S8): then it waits for another.
    /// </summary>
    /// <param name="entry">The key.</param>
    /// <param name="through">The time of the read, or of its end.</param>
    internal bool TryRipen(DirtyKey<TEvent> entry, ClusterTime through)
    {
        if (!dirty.Has(entry))
        {
            return false;
        }

        if (entry.Parked.Any(one => one.Time > entry.ReadAt && one.Time <= through))
        {
            AbandonReread(entry);
            return false;
        }

        entry.ReadAt = through;
        return true;
    }

    /// <summary>
    /// The document has been read. The caller puts the returned item into the key's lane and then settles the parked events, in order,
    /// before anything else happens to the key.
    /// </summary>
    internal LaneTicket Resolve(DirtyKey<TEvent> entry)
    {
        if (!entry.IsBeingRead)
        {
            throw new InvalidOperationException("a key that was not read cannot be resolved");
        }

        dirty.Remove(entry);
        readAgain.Note(entry.Key, entry.Address.Collection, entry.ReadAt);
        highestAsOf = ClusterTime.Max(highestAsOf, entry.ReadAt);
        foreach (var (time, _) in entry.Parked)
        {
            Outstanding.Remove(time);
        }

        return new(entry.Key, entry.ReadAt, entry.Since, IsRewrite: true);
    }

    /// <summary>Forgets a dirty key whose collection is gone.</summary>
    internal void Forget(DirtyKey<TEvent> entry)
    {
        dirty.Remove(entry);
        Outstanding.Remove(entry.Since);
        foreach (var (time, _) in entry.Parked)
        {
            Outstanding.Remove(time);
        }
    }

    /// <summary>The dirty entry of a key, if it has one.</summary>
    internal bool IsDirty(KeyHash key) => dirty.Contains(key);

    /// <summary>Whether the key's document on the destination is later than <paramref name="time"/>, or will be (S21).</summary>
    internal bool IsAheadOf(KeyHash key, ClusterTime time) => dirty.Contains(key) || readAgain.AsOf(key) > time;

    /// <summary>All keys whose document on the destination is later than <paramref name="time"/>: they wait for the next barrier (S21).</summary>
    internal HashSet<KeyHash> KeysAheadOf(ClusterTime time) => [.. dirty.Hashes, .. readAgain.After(time)];

    /// <summary>What a checkpoint taken now has to hold (S16). <paramref name="slackSeconds"/> lets lanes run on until the next one.</summary>
    internal FloorAndCeiling PlanCheckpoint(uint slackSeconds)
    {
        var floor = Outstanding.Smallest is { } smallest ? ClusterTime.Min(Frontier, smallest.Previous()) : Frontier;
        var top = ClusterTime.Max(Seen, highestAsOf);
        var ceiling = new ClusterTime(top.Seconds + slackSeconds, top.Increment);
        return new(floor, ClusterTime.Max(Ceiling, ceiling));
    }

    /// <summary>The checkpoint is on the destination with majority: lanes may go up to its ceiling.</summary>
    internal void Saved(FloorAndCeiling checkpoint)
    {
        Ceiling = ClusterTime.Max(Ceiling, checkpoint.Ceiling);
        // Events that still wait are not in the floor: what a re-read has overtaken is remembered until they are settled.
        var settled = draining.Aggregate(checkpoint.Floor, (time, range) => ClusterTime.Min(time, range.AsOf));
        readAgain.Settled(settled);
    }

    private bool IsReread(KeyHash key, ClusterTime time) =>
        readAgain.AsOf(key) is var asOf && asOf != ClusterTime.Zero && time <= asOf;

    /// <summary>
    /// A document is put at the end of its collection's order, or taken out: what it was before is of no account any more, so that nothing
    /// of it need be read again.
    /// </summary>
    private Verdict Place(ClusterTime time, KeyHash key, CopyRange range)
    {
        if (range.State is RangeState.Pending || time <= range.AsOf)
        {
            return Verdict.Drop;
        }

        if (dirty.TryGet(key, out var entry))
        {
            Forget(entry);
            foreach (var (_, parked) in entry.Parked)
            {
                Superseded?.Invoke(parked);
            }
        }

        Outstanding.Add(time);
        return time <= range.DoubtfulThrough ? Verdict.Place : Verdict.Dispatch;
    }

    private Verdict JoinDirty(DirtyKey<TEvent> entry, ClusterTime time, in TEvent item)
    {
        if (!entry.IsBeingRead)
        {
            entry.NoEarlierThan = ClusterTime.Max(entry.NoEarlierThan, time);
            return Verdict.Drop;
        }

        if (time <= entry.ReadAt)
        {
            return Verdict.Drop;
        }

        Outstanding.Add(time);
        entry.Park(time, item);
        return Verdict.Park;
    }

    private void MarkDirty(
        KeyHash key,
        FollowedKey address,
        ClusterTime since,
        ClusterTime noEarlierThan,
        ClusterTime retryAfter = default
    )
    {
        Outstanding.Add(since);
        dirty.Add(new(key, address, since, noEarlierThan), retryAfter);
    }

    private void Absorb(DirtyKey<TEvent> entry, in LaneTicket ticket)
    {
        Outstanding.Remove(ticket.Since);
        if (ticket.Since < entry.Since)
        {
            Outstanding.Remove(entry.Since);
            entry.Since = ticket.Since;
            Outstanding.Add(entry.Since);
        }
    }
}
