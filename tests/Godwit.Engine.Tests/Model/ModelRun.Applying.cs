using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Model;

/// <summary>Reading the stream, the lanes, and reading again.</summary>
internal sealed partial class ModelRun
{
    private bool Read()
    {
        if (life.HasMoved)
        {
            return Relist();
        }

        if (life.Anew.Count > 0 && life.LanesAreEmpty && !Reconcile())
        {
            return false;
        }

        if (kind.HasFlag(ModelKind.Crowded) && !HasRoom())
        {
            return true;
        }

        if (life.Feed is { } feed)
        {
            return ReadMerged(feed);
        }

        if (life.Position == source.Events.Count)
        {
            life.Router.See(source.Now.Next());
            return true;
        }

        return Take(source.Events[life.Position++]);
    }

    /// <summary>Nothing is routed while a key is to be read again; now and then it is forgotten which ones were.</summary>
    private bool HasRoom()
    {
        if (life.Router.IsCrowded(0) && !life.IsRereadingInVain)
        {
            return false;
        }

        if (random.Next(6) == 0 && (life.LanesAreEmpty || omission == Omission.ForgetWithFullLanes))
        {
            foreach (var (collection, through) in life.Router.ForgetReadAgain())
            {
                foreach (var range in life.Tables.GetValueOrDefault(collection)?.Ranges ?? [])
                {
                    range.Doubt(omission == Omission.ForgetWithoutDoubt ? ClusterTime.Zero : through);
                }
            }
        }

        return true;
    }

    private bool ReadMerged(ModelFeed feed)
    {
        if (random.Next(2) == 0)
        {
            feed.ReadOn(random);
            return true;
        }

        if (feed.TryTake(out var change))
        {
            var isAlive = Take(change);
            feed.Note();
            return isAlive;
        }

        if (feed.Complete is { } complete)
        {
            life.Router.See(complete);
        }

        return true;
    }

    /// <summary>An event has come: carries it out, or routes it. False: crashed within that.</summary>
    private bool Take(ModelEvent change)
    {
        if (change.Kind == 'D')
        {
            if (change.Time > life.ListedAt && omission != Omission.IgnoreDefinitions && !Reconcile())
            {
                return false;
            }

            life.Router.See(change.Time);
            return true;
        }

        if (
            kind.HasFlag(ModelKind.Moves)
            && change.Time > life.ListedAt
            && !life.Tables.ContainsKey(change.Collection)
            && omission is not (Omission.IgnoreDefinitions or Omission.IgnoreSilentMoves)
            && !Reconcile()
        )
        {
            return false;
        }

        life.LastRouted = change.Time;
        See(change.Time);
        if (omission == Omission.ByName && source.State.Names.TryGetValue(change.Name, out var byName))
        {
            change = change with { Collection = byName };
        }

        if (life.Tables.TryGetValue(change.Collection, out var table))
        {
            Route(change, table.Find([(byte)change.Key]));
        }

        return true;
    }

    /// <summary>Lists the source again because something has moved of which no event tells.</summary>
    private bool Relist()
    {
        life.HasMoved = false;
        return omission == Omission.IgnoreSilentMoves || Reconcile();
    }

    /// <summary>Whether a collection was there at a time, as reads by its identity find out (S1).</summary>
    private bool WasThere(ModelState snapshot, Guid collection)
    {
        var isThere = !kind.HasFlag(ModelKind.Moves) || snapshot.Names.ContainsValue(collection);
        life.HasMoved |= !isThere;
        return isThere;
    }

    private void See(ClusterTime time)
    {
        if (omission == Omission.HalfFrame)
        {
            life.Router.Complete(time);
        }

        life.Router.See(time);
    }

    private void Route(ModelEvent change, CopyRange range)
    {
        var verdict = life.Router.Route(change.Time, change.Hash, range, HandlingOf(change), change);
        if (verdict is Verdict.Dispatch or Verdict.Place)
        {
            Dispatch(change, verdict);
        }
        else if (verdict == Verdict.Wait)
        {
            var copy = life.Copies.Find(one => one.Range == range)!;
            if (omission == Omission.Overtake && copy.Todo.FindIndex(one => one.Key == change.Key) >= copy.Written)
            {
                life.Router.Outstanding.Add(change.Time);
                Dispatch(change, Verdict.Dispatch);
            }
            else
            {
                copy.Waiting.Add(change);
            }
        }
    }

    private Handling HandlingOf(ModelEvent change)
    {
        var handling =
            change.IsPrepared && omission != Omission.PreparedAsDeltas ? Handling.Reread
            : IsOrdered && change.Kind == 'u' && random.Next(3) == 0 ? Handling.Reread
            : Handling.None;
        return !IsOrdered || omission == Omission.PlaceAsOthers ? handling
            : change.Places ? Handling.Ordered | Handling.Places
            : handling | Handling.Ordered;
    }

    /// <summary>Decides about an event that waited for its range, or for its key to be read.</summary>
    private void Settle(ModelEvent change, CopyRange range, Handling waited = Handling.None)
    {
        var verdict = life.Router.Settle(change.Time, change.Hash, range, HandlingOf(change) | waited, change);
        if (verdict is Verdict.Dispatch or Verdict.Place)
        {
            Dispatch(change, verdict);
        }
    }

    private void Dispatch(ModelEvent change, Verdict verdict)
    {
        var ticket = new LaneTicket(change.Hash, change.Time, change.Time, false)
        {
            Places = HandlingOf(change).HasFlag(Handling.Places),
            MayBeThere = verdict == Verdict.Place,
        };
        life.Enqueue(new(ticket, change.Collection, change.Key, change, null));
    }

    private void RunLane(List<ModelItem> queue)
    {
        if (queue.Count == 0)
        {
            return;
        }

        var item = queue[0];
        if (item.Sent is { } write)
        {
            if (destination.IsDurable(write) || omission == Omission.EagerAcknowledgement)
            {
                life.Router.Done(item.Ticket);
                queue.RemoveAt(0);
            }

            return;
        }

        var verdict = life.Router.Take(item.Ticket);
        if (verdict == LaneVerdict.Skip && omission != Omission.ApplyBehindDoubt)
        {
            queue.RemoveAt(0);
        }
        else if (verdict != LaneVerdict.Hold)
        {
            if (verdict == LaneVerdict.Skip)
            {
                life.Router.Outstanding.Add(item.Ticket.Since);
            }

            Send(queue, item);
        }
    }

    private void Send(List<ModelItem> queue, ModelItem item)
    {
        if (random.NextDouble() < (item.Ticket.Places || (IsOrdered && item.Ticket.IsRewrite) ? 0.005 : 0.05))
        {
            // The batch failed in the middle: whether this write was executed is not known.
            if (random.NextDouble() < 0.5)
            {
                _ = destination.Write(state => Apply(state, item, isStrict: true));
            }

            queue.RemoveAt(0);
            Doubt(item);
            return;
        }

        var before = destination.State.Documents.GetValueOrDefault((DestinationOf(item.Collection), item.Key));
        if (IsRefused(item.Collection, item.Key, item.ApplyTo(before)))
        {
            queue.RemoveAt(0);
            Doubt(item);
            return;
        }

        item.Sent = destination.Write(state => Apply(state, item, isStrict: true));
    }

    /// <summary>Where order counts, what was to be put somewhere and may not be cannot be put there later.</summary>
    private void Doubt(ModelItem item)
    {
        life.Router.Doubt(item.Ticket, new(item.Collection, item.Key), IsOrdered ? item.Ticket.Time : default);
        if (IsOrdered && (item.Ticket.Places || item.Ticket.IsRewrite))
        {
            _ = life.Anew.Add(item.Collection);
        }
    }

    /// <summary>Whether a unique index on the destination refuses a document; there is none before the commit (S25).</summary>
    private bool IsRefused(Guid collection, int key, string? document) =>
        omission == Omission.UniqueFromTheStart && destination.State.Repeats(DestinationOf(collection), key, document);

    private ModelState Apply(ModelState state, ModelItem item, bool isStrict)
    {
        var collection = DestinationOf(item.Collection);
        if (!state.Names.ContainsValue(collection))
        {
            return state;
        }

        var before = state.Documents.GetValueOrDefault((collection, item.Key));
        if (item.Ticket.MayBeThere)
        {
            return ModelDestination.Put(
                ModelDestination.Put(state, collection, item.Key, null),
                collection,
                item.Key,
                item.ApplyTo(null)
            );
        }

        if (
            isStrict
            && IsOrdered
            && item is { Ticket.IsRewrite: true, Document: not null }
            && before is null
            && !life.Anew.Contains(item.Collection)
        )
        {
            throw new DivergenceException($"{item.Key} was read again and has no place");
        }

        if (isStrict && item.Change is { } change && !life.Anew.Contains(item.Collection) && !IsMet(change, before))
        {
            throw new DivergenceException($"{change} met {before ?? "nothing"}");
        }

        return before is null && item.Change?.Kind is 's' or 'u'
            ? state
            : ModelDestination.Put(state, collection, item.Key, item.ApplyTo(before));
    }

    /// <summary>Where order counts, a document is not brought up to date any more once it is known that it goes.</summary>
    private bool IsMet(ModelEvent change, string? before) =>
        IsOrdered
        && (change.Kind == 'd' || life.Queues[0].Exists(one => one.Key == change.Key && one.Change?.Kind == 'd'))
            ? before is null == change.Before is null
            : string.Equals(before, change.Before, StringComparison.Ordinal);

    private Guid DestinationOf(Guid collection) =>
        destination.Mappings.Find(row => row.SourceUuid == collection)?.DestinationUuid ?? Guid.Empty;

    private void Reread()
    {
        if (life.Rereads.Count > 0)
        {
            var (entry, document, through) = life.Rereads[0];
            if (!IsRipe(entry, through))
            {
                source.Note();
                return;
            }

            life.Rereads.RemoveAt(0);
            if (!IsOrdered || omission == Omission.UnripeRereads || TryRipen(entry, through))
            {
                Resolve(entry, document);
            }

            return;
        }

        var unreadable = new List<DirtyKey<ModelEvent>>();
        while (life.Router.NextReread(() => IsOrdered ? life.EarliestInLanes() : ClusterTime.MaxValue) is not null)
        {
            BeginReread(unreadable);
        }

        life.IsRereadingInVain = unreadable.Count > 0;
        unreadable.ForEach(life.Router.AbandonReread);
    }

    /// <summary>What a prepared transaction has written blocks who reads it: such a read is given up, and begun again later.</summary>
    private void BeginReread(List<DirtyKey<ModelEvent>> unreadable)
    {
        var clock = IsPassing
            ? ModelSource.At(random.Next(Math.Max(0, source.Steps - 3), source.Steps + 1))
            : source.Now;
        var (keys, at) = life.Router.BeginReread(int.MaxValue, clock);
        var snapshot = source.Snapshot(at);
        foreach (var entry in keys)
        {
            var (collection, key) = (entry.Address.Collection, entry.Address.Id.AsInt32);
            if (!life.Tables.ContainsKey(collection))
            {
                life.Router.Forget(entry);
            }
            else if (source.IsBlocked(collection, key) || !WasThere(snapshot, collection))
            {
                unreadable.Add(entry);
            }
            else
            {
                // In passing: as of some moment from then to now.
                var from = Math.Min((int)at.Seconds, source.Steps);
                var seen = IsPassing ? source.Snapshot(ModelSource.At(random.Next(from, source.Steps + 1))) : snapshot;
                var through = IsPassing ? ClusterTime.Max(at, source.Now) : at;
                life.Rereads.Add((entry, seen.Documents.GetValueOrDefault((collection, key)), through));
            }
        }
    }

    private bool TryRipen(DirtyKey<ModelEvent> entry, ClusterTime through)
    {
        if (omission == Omission.PassingRereadAtEnd)
        {
            entry.ReadAt = through;
            return life.Router.IsDirty(entry.Key);
        }

        return life.Router.TryRipen(entry, through);
    }

    private bool IsRipe(DirtyKey<ModelEvent> entry, ClusterTime through) =>
        !IsOrdered
        || omission == Omission.UnripeRereads
        || !life.Tables.TryGetValue(entry.Address.Collection, out var table)
        || (table.IsCopied && life.Router.Frontier >= through);

    private void Resolve(DirtyKey<ModelEvent> entry, string? document)
    {
        var (collection, key) = (entry.Address.Collection, entry.Address.Id.AsInt32);
        if (!life.Tables.TryGetValue(collection, out var table))
        {
            life.Router.Forget(entry);
            return;
        }

        life.Enqueue(new(life.Router.Resolve(entry), collection, key, null, document));
        foreach (var (_, change) in entry.Parked)
        {
            Settle(change, table.Find([(byte)key]));
        }
    }
}
