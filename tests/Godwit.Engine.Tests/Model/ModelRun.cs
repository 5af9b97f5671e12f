using Godwit.Bson;
using Godwit.Engine.Applying;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Model;

/// <summary>A write met another document than the one it was made on: an event was lost, doubled or reordered.</summary>
internal sealed class DivergenceException(string message) : Exception(message);

/// <summary>
/// One random migration in virtual time: copy, apply, re-reads, checkpoints, verification, crashes with writes still on the way,
/// failovers and definition changes, in an order drawn from the seed. The engine's part is its own decision types.
/// </summary>
internal sealed class ModelRun(int seed, Omission omission, bool prepared, bool definitions)
{
    private const int StepsMax = 60;
    private readonly Random random = new(seed);
    private readonly ModelDestination destination = new();
    private readonly List<Func<ModelState, ModelState>> zombies = [];
    private ModelSource source = null!;
    private ModelLife life = null!;
    private ModelCheckpoint saved = null!;
    private int start;
    private int crashes;

    internal int Compared { get; private set; }

    internal int Alarms { get; private set; }

    private bool IsSourceBusy => source.Steps < start + StepsMax;

    /// <summary>Runs to the end; throws <see cref="DivergenceException"/> if both clusters are not identical then.</summary>
    internal void Run()
    {
        source = new(random, prepared, definitions);
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            source.Step();
        }

        start = source.Steps;
        saved = new(new(source.Now, source.Now), new Dictionary<Guid, IReadOnlyList<SavedRange>>());
        while (!Live()) { }

        var (expected, actual) = (source.State.Describe(), destination.State.Describe());
        if (!string.Equals(expected, actual, StringComparison.Ordinal))
        {
            throw new DivergenceException($"source {expected} / destination {actual}");
        }
    }

    /// <summary>One life: from the fence to the end (true) or to a crash (false).</summary>
    private bool Live()
    {
        if (omission != Omission.NoFence)
        {
            zombies.Clear();
        }

        destination.Commit();
        life = new(saved, omission != Omission.NoCeiling);
        if (!Reconcile())
        {
            return false;
        }

        life.Position = source.Events.FindIndex(one => one.Time > saved.Times.Floor);
        life.Position = life.Position < 0 ? source.Events.Count : life.Position;
        for (var actions = 0; actions < 100_000; actions++)
        {
            if (Act() is false)
            {
                return false;
            }

            if (source.HasPending && !IsSourceBusy)
            {
                source.Step();
            }

            if (IsFinished())
            {
                return true;
            }
        }

        throw new DivergenceException("does not come to an end");
    }

    private bool IsFinished() =>
        !IsSourceBusy
        && !source.HasPending
        && life.Position == source.Events.Count
        && life.LanesAreEmpty
        && life.Router.Dirty.Count == 0
        && zombies.Count == 0
        && life.Copies.Count == 0
        && life.Tables.Values.All(table => table.IsCopied);

    /// <summary>Does one random thing; false when it was a crash.</summary>
    private bool Act()
    {
        switch (random.Next(16))
        {
            case 0 or 1 or 2 when IsSourceBusy:
                source.Step();
                break;
            case 3 or 4:
                return Read();
            case 5 or 6:
                RunLane(life.Queues[0]);
                break;
            case 7 or 8:
                RunLane(life.Queues[1]);
                break;
            case 9 or 10:
                Copy();
                break;
            case 11:
                Reread();
                break;
            case 12:
                Save();
                break;
            case 13:
                Verify();
                break;
            case 14 when random.NextDouble() < 0.1:
                FailOver();
                break;
            case 14:
                destination.Commit();
                break;
            case 15 when zombies.Count > 0:
                _ = destination.Write(zombies[0]);
                zombies.RemoveAt(0);
                break;
            case 15 when crashes < 5 && IsSourceBusy && random.NextDouble() < 0.3:
                Crash();
                return false;
            default:
                break;
        }

        return true;
    }

    private bool Read()
    {
        if (life.Position == source.Events.Count)
        {
            life.Router.See(source.Now.Next());
            return true;
        }

        var change = source.Events[life.Position];
        if (change.Kind == 'D')
        {
            if (change.Time > life.ListedAt && omission != Omission.IgnoreDefinitions && !Reconcile())
            {
                return false;
            }

            life.Router.See(change.Time);
            life.Position++;
            return true;
        }

        life.Position++;
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
        var verdict = life.Router.Route(
            change.Time,
            change.Hash,
            range,
            reread,
            () => ModelLife.Address(change),
            change
        );
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
            life.Router.Doubt(item.Ticket, () => new(item.Collection, item.Key));
            return;
        }

        item.Sent = destination.Write(state => Apply(state, item, isStrict: true));
    }

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

    private void Copy()
    {
        if (life.Copies.Count > 0 && random.NextDouble() < 0.7)
        {
            Write(life.Copies[random.Next(life.Copies.Count)]);
            return;
        }

        var pending = life
            .Tables.SelectMany(table => table.Value.Ranges.Select(range => (table.Key, Range: range)))
            .Where(one => one.Range.State == RangeState.Pending)
            .ToList();
        if (pending.Count > 0)
        {
            var (collection, range) = pending[random.Next(pending.Count)];
            Open(collection, range);
        }
    }

    private void Open(Guid collection, CopyRange range)
    {
        var at = omission switch
        {
            Omission.Stale => ModelSource.At(Math.Max(0, source.Steps - 3)),
            Omission.OpenAtFrontier => ClusterTime.Min(life.Router.Frontier, source.Now),
            _ => life.Router.Open(range, ModelSource.At(random.Next(0, source.Steps + 1))),
        };
        range.Open(at);
        var snapshot = source.Snapshot(at);
        var todo = new List<(int, string?)>();
        for (var key = ModelLife.Lower(range); key < ModelLife.Upper(range); key++)
        {
            var document = snapshot.Documents.GetValueOrDefault((collection, key));
            if (document is not null || (range.NeedsCleaning && omission != Omission.NoCleaning))
            {
                todo.Add((key, document));
            }
        }

        life.Copies.Add(new(range, collection, todo));
    }

    private void Write(ModelCopy copy)
    {
        if (copy.Range.State == RangeState.Draining)
        {
            Drain(copy);
        }
        else if (copy.Sent is { } write)
        {
            if (destination.IsDurable(write) || omission == Omission.EagerAcknowledgement)
            {
                copy.Sent = null;
                copy.Written++;
            }
        }
        else if (copy.Written == copy.Todo.Count)
        {
            life.Router.Written(copy.Range);
        }
        else if (copy.Written > 0 && random.NextDouble() < 0.1)
        {
            var key = copy.Todo[copy.Written].Key;
            _ = life.Tables[copy.Collection].Split(copy.Range, ModelLife.Bound(key));
            copy.Todo.RemoveRange(copy.Written, copy.Todo.Count - copy.Written);
        }
        else
        {
            var (key, document) = copy.Todo[copy.Written];
            copy.Sent = destination.Write(CopyWrite(copy.Collection, key, document));
        }
    }

    private Func<ModelState, ModelState> CopyWrite(Guid collection, int key, string? document)
    {
        var there = DestinationOf(collection);
        return state => state.Names.ContainsValue(there) ? ModelDestination.Put(state, there, key, document) : state;
    }

    private void Drain(ModelCopy copy)
    {
        if (copy.Waiting.Count == 0)
        {
            life.Router.Drained(copy.Range);
            _ = life.Copies.Remove(copy);
            return;
        }

        var change = copy.Waiting[0];
        copy.Waiting.RemoveAt(0);
        var range = life.Tables[copy.Collection].Find([(byte)change.Key]);
        var reread = change.IsPrepared && omission != Omission.PreparedAsDeltas;
        var verdict = life.Router.Settle(
            change.Time,
            change.Hash,
            range,
            reread,
            () => ModelLife.Address(change),
            change
        );
        if (verdict == Verdict.Dispatch)
        {
            Dispatch(change);
        }
    }

    private void Reread()
    {
        if (life.Rereads.Count > 0)
        {
            var (entry, document) = life.Rereads[0];
            life.Rereads.RemoveAt(0);
            Resolve(entry, document);
            return;
        }

        var ready = life
            .Router.Dirty.Where(one =>
                one.ReadAt is null && !source.IsBlocked(one.Address.Collection, one.Address.Id.AsInt32)
            )
            .ToList();
        if (ready.Count == 0)
        {
            return;
        }

        var at = life.Router.BeginReread(ready, source.Now);
        var snapshot = source.Snapshot(at);
        life.Rereads.AddRange(
            ready.Select(one =>
                (one, snapshot.Documents.GetValueOrDefault((one.Address.Collection, one.Address.Id.AsInt32)))
            )
        );
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
            var verdict = life.Router.Settle(
                change.Time,
                change.Hash,
                range,
                reread,
                () => ModelLife.Address(change),
                change
            );
            if (verdict == Verdict.Dispatch)
            {
                Dispatch(change);
            }
        }
    }

    private void Save()
    {
        var plan = life.Router.PlanCheckpoint((uint)random.Next(4));
        if (omission is Omission.LowCeiling or Omission.NoCeiling)
        {
            plan = plan with { Ceiling = ClusterTime.Max(saved.Times.Ceiling, life.Router.Frontier) };
        }

        saved = life.Checkpoint(plan);
        life.Router.Saved(plan);
    }

    private void Verify()
    {
        if (!life.LanesAreEmpty || life.Copies.Exists(one => one.Range.State == RangeState.Draining))
        {
            return;
        }

        var next = life.Position < source.Events.Count ? source.Events[life.Position].Time : source.Now.Next();
        if (
            next <= life.LastRouted
            || (life.Position < source.Events.Count && source.Events[life.Position].Kind == 'D')
        )
        {
            return;
        }

        var at = next.Previous();
        life.Router.Complete(at);
        var snapshot = source.Snapshot(at);
        foreach (var (collection, table) in life.Tables)
        {
            foreach (
                var range in table.Ranges.Where(one => one.IsComparableAt(at) || omission == Omission.CompareAhead)
            )
            {
                Compare(collection, range, at, snapshot);
            }
        }
    }

    private void Compare(Guid collection, CopyRange range, ClusterTime at, ModelState snapshot)
    {
        for (var key = ModelLife.Lower(range); key < ModelLife.Upper(range); key++)
        {
            var isAhead = life.Router.IsAheadOf(KeyHash.Of(collection, [(byte)key]), at);
            if (isAhead && omission != Omission.CompareAhead)
            {
                continue;
            }

            Compared++;
            var expected = snapshot.Documents.GetValueOrDefault((collection, key));
            var actual = destination.State.Documents.GetValueOrDefault((DestinationOf(collection), key));
            Alarms += string.Equals(expected, actual, StringComparison.Ordinal) ? 0 : 1;
        }
    }

    /// <summary>What no majority had is gone; whoever waited for an answer sends again with the same ticket.</summary>
    private void FailOver()
    {
        destination.FailOver();
        if (omission == Omission.EagerAcknowledgement)
        {
            return;
        }

        foreach (var item in life.Queues.SelectMany(queue => queue).Where(one => !destination.IsDurable(one.Sent ?? 0)))
        {
            item.Sent = null;
        }

        foreach (var copy in life.Copies.Where(one => !destination.IsDurable(one.Sent ?? 0)))
        {
            copy.Sent = null;
        }
    }

    private void Crash()
    {
        crashes++;
        foreach (var item in life.Queues.Select(queue => queue.FirstOrDefault()).OfType<ModelItem>())
        {
            var isLikelySent = life.Router.Take(item.Ticket) == LaneVerdict.Apply;
            if (item.Sent is null && isLikelySent && random.NextDouble() < 0.6)
            {
                zombies.Add(state => Apply(state, item, isStrict: false));
            }
        }

        foreach (var copy in life.Copies.Where(one => one.Written < one.Todo.Count && one.Sent is null))
        {
            var (key, document) = copy.Todo[copy.Written];
            zombies.Add(CopyWrite(copy.Collection, key, document));
        }

        if (random.NextDouble() < 0.3)
        {
            destination.FailOver();
        }
    }

    /// <summary>Brings the destination's catalogue to the source's, as at a start and after every definition event (S19); false: crashed.</summary>
    private bool Reconcile()
    {
        life.ListedAt = source.Now;
        var listing = source.State.List();
        foreach (var step in CataloguePlanner.Plan(listing, destination.Mappings, destination.State.List()))
        {
            if (CrashesNow() || !Take(step))
            {
                return false;
            }
        }

        foreach (var gone in life.Tables.Keys.Where(one => listing.All(there => there.Uuid != one)).ToList())
        {
            _ = life.Tables.Remove(gone);
            _ = life.Copies.RemoveAll(copy => copy.Collection == gone);
        }

        foreach (var one in listing.Where(one => !life.Tables.ContainsKey(one.Uuid)))
        {
            life.Follow(one.Uuid, saved, omission != Omission.NoRecovery);
        }

        return true;
    }

    /// <summary>Executes one step; false: crashed within it.</summary>
    private bool Take(CatalogueStep step)
    {
        switch (step)
        {
            case DropStep drop:
                destination.Define(state => state.Drop(drop.Destination.Uuid));
                destination.SaveMappings(destination.Mappings.Where(row => row != drop.Row));
                return true;
            case RenameStep rename:
                destination.Define(state => state.Rename(rename.Destination.Uuid, rename.NewName.Collection));
                return true;
            case CreateStep create:
                var intent = new CollectionMapping(create.Source.Uuid, create.Source.Name, Guid.Empty);
                var made = source.NewUuid();
                var rows = destination.Mappings;
                destination.SaveMappings(rows.Append(intent));
                if (CrashesNow())
                {
                    return false;
                }

                destination.Define(state => state with { Names = state.Names.Add(intent.Name.Collection, made) });
                if (CrashesNow())
                {
                    return false;
                }

                destination.SaveMappings(rows.Append(intent with { DestinationUuid = made }));
                return true;
            default:
                throw new DivergenceException($"unexpected step {step}");
        }
    }

    private bool CrashesNow()
    {
        var crashes = this.crashes < 5 && IsSourceBusy && random.NextDouble() < 0.05;
        if (crashes)
        {
            Crash();
        }

        return crashes;
    }
}
