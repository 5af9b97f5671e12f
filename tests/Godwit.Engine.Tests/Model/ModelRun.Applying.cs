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
        var reread = change.IsPrepared && omission != Omission.PreparedAsDeltas;
        var verdict = life.Router.Route(change.Time, change.Hash, range, reread, change);
        if (verdict == Verdict.Dispatch)
        {
            Dispatch(change);
        }
        else if (verdict == Verdict.Wait)
        {
            var copy = life.Copies.Find(one => one.Range == range)!;
            if (omission == Omission.Overtake && copy.Todo.FindIndex(one => one.Key == change.Key) >= copy.Written)
            {
                life.Router.Outstanding.Add(change.Time);
                Dispatch(change);
            }
            else
            {
                copy.Waiting.Add(change);
            }
        }
    }

    private void Dispatch(ModelEvent change) =>
        life.Enqueue(
            new(new(change.Hash, change.Time, change.Time, false), change.Collection, change.Key, change, null)
        );

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
        if (random.NextDouble() < 0.05)
        {
            // The batch failed in the middle: whether this write was executed is not known.
            if (random.NextDouble() < 0.5)
            {
                _ = destination.Write(state => Apply(state, item, isStrict: true));
            }

            queue.RemoveAt(0);
            life.Router.Doubt(item.Ticket, new(item.Collection, item.Key));
            return;
        }

        var before = destination.State.Documents.GetValueOrDefault((DestinationOf(item.Collection), item.Key));
        if (IsRefused(item.Collection, item.Key, item.ApplyTo(before)))
        {
            queue.RemoveAt(0);
            life.Router.Doubt(item.Ticket, new(item.Collection, item.Key));
            return;
        }

        item.Sent = destination.Write(state => Apply(state, item, isStrict: true));
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
        if (isStrict && item.Change is { } change && !string.Equals(before, change.Before, StringComparison.Ordinal))
        {
            throw new DivergenceException($"{change} met {before ?? "nothing"}");
        }

        return before is null && item.Change?.Kind is 's' or 'u'
            ? state
            : ModelDestination.Put(state, collection, item.Key, item.ApplyTo(before));
    }

    private Guid DestinationOf(Guid collection) =>
        destination.Mappings.Find(row => row.SourceUuid == collection)?.DestinationUuid ?? Guid.Empty;

    private void Reread()
    {
        if (life.Rereads.Count > 0)
        {
            var (entry, document) = life.Rereads[0];
            life.Rereads.RemoveAt(0);
            Resolve(entry, document);
            return;
        }

        var unreadable = new List<DirtyKey<ModelEvent>>();
        while (life.Router.NextReread(() => ClusterTime.MaxValue) is not null)
        {
            BeginReread(unreadable);
        }

        life.IsRereadingInVain = unreadable.Count > 0;
        unreadable.ForEach(life.Router.AbandonReread);
    }

    /// <summary>What a prepared transaction has written blocks who reads it: such a read is given up, and begun again later.</summary>
    private void BeginReread(List<DirtyKey<ModelEvent>> unreadable)
    {
        var (keys, at) = life.Router.BeginReread(int.MaxValue, source.Now);
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
                life.Rereads.Add((entry, snapshot.Documents.GetValueOrDefault((collection, key))));
            }
        }
    }

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
            var range = table.Find([(byte)key]);
            var reread = change.IsPrepared && omission != Omission.PreparedAsDeltas;
            var verdict = life.Router.Settle(change.Time, change.Hash, range, reread, change);
            if (verdict == Verdict.Dispatch)
            {
                Dispatch(change);
            }
        }
    }
}
