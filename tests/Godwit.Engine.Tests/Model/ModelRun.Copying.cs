using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Tests.Model;

/// <summary>Ranges from pending to copied.</summary>
internal sealed partial class ModelRun
{
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
            Omission.ReadBeforeListed => life.Router.Open(range, ClusterTime.Zero),
            _ => life.Router.Open(
                range,
                ClusterTime.Max(ModelSource.At(random.Next(0, source.Steps + 1)), life.SeenAt[collection])
            ),
        };
        range.Open(at);
        var snapshot = source.Snapshot(at);
        if (omission != Omission.IgnoreSilentMoves && !WasThere(snapshot, collection))
        {
            range.GiveUp();
            return;
        }

        if (IsOrdered || (IsNatural && range.IsWhole))
        {
            OpenOrdered(collection, range, snapshot);
            return;
        }

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
            if (!TryReadOn(copy))
            {
                life.Router.Written(copy.Range);
            }
        }
        else if (!IsOrdered && copy.Place is null && copy.Written > 0 && random.NextDouble() < 0.1)
        {
            var key = copy.Todo[copy.Written].Key;
            _ = life.Tables[copy.Collection].Split(copy.Range, ModelLife.Bound(key));
            copy.Todo.RemoveRange(copy.Written, copy.Todo.Count - copy.Written);
        }
        else
        {
            var (key, document) = copy.Todo[copy.Written];
            if (!IsRefused(copy.Collection, key, document))
            {
                copy.Sent = destination.Write(CopyWrite(copy.Collection, key, document));
            }
        }
    }

    /// <summary>What an interrupted copy left is taken out, then everything is put there in its order (S8, S30).</summary>
    private void OpenOrdered(Guid collection, CopyRange range, ModelState snapshot)
    {
        var left = destination.State.InOrder(DestinationOf(collection));
        var todo = (omission == Omission.NoCleaning ? [] : left).Select(one => (one.Key, (string?)null)).ToList();
        var isAtTime = !IsPassing && !IsNatural;
        if (isAtTime)
        {
            todo.AddRange(
                snapshot
                    .InOrder(collection)
                    .Select(one => (one.Key, (string?)snapshot.Documents[(collection, one.Key)]))
            );
        }

        life.Copies.Add(new(range, collection, todo) { Place = isAtTime ? null : -1 });
    }

    /// <summary>In passing: the next document in the source's order of now; at the end the range is as of the time it took (S8).</summary>
    private bool TryReadOn(ModelCopy copy)
    {
        if (copy.Place is not { } place)
        {
            return false;
        }

        if (IsNatural && random.NextDouble() < 0.05)
        {
            LoseCursor(copy);
            return true;
        }

        var state =
            omission == Omission.NaturalBeforeBegin
                ? source.Snapshot(ModelSource.At(Math.Max(0, (int)copy.Range.AsOf.Seconds - 3)))
                : source.State;
        var next = state.InOrder(copy.Collection).Where(one => one.Place > place).Take(1).ToList();
        if (next.Count == 0)
        {
            if (omission == Omission.NaturalAtEnd)
            {
                copy.Range.Open(source.Now);
            }
            else if (omission != Omission.PassingAtBegin)
            {
                copy.Range.Doubt(source.Now);
            }

            return false;
        }

        copy.Place = next[0].Place;
        copy.Todo.Add((next[0].Key, state.Documents[(copy.Collection, next[0].Key)]));
        return true;
    }

    /// <summary>
    /// It is read from the first document again, and events wait from the same time on as before: what is written already was read after
    /// that.
    /// </summary>
    private void LoseCursor(ModelCopy copy)
    {
        copy.Place = -1;
        if (omission == Omission.NaturalFromTheLoss)
        {
            copy.Range.Open(source.Now);
            copy.Waiting.Clear();
        }
    }

    private Func<ModelState, ModelState> CopyWrite(Guid collection, int key, string? document)
    {
        var there = DestinationOf(collection);
        return state =>
            state.Names.ContainsValue(there) && !IsThere(state)
                ? ModelDestination.Put(state, there, key, document)
                : state;

        // In natural order one key may come twice, and stays as it came first.
        bool IsThere(ModelState state) =>
            IsNatural && document is not null && state.Documents.ContainsKey((there, key));
    }

    private void Drain(ModelCopy copy)
    {
        if (copy.Waiting.Count == 0)
        {
            life.Router.Drained(copy.Range);
            if (IsNatural && copy.Range.IsWhole)
            {
                life.Tables[copy.Collection].Part(ModelLife.Bounds);
            }

            _ = life.Copies.Remove(copy);
            return;
        }

        var change = copy.Waiting[0];
        copy.Waiting.RemoveAt(0);
        // Of those that have waited for a read in natural order only the key is kept.
        var waited = IsNatural && copy.Place is not null && change.Kind != 'd' ? Handling.Reread : Handling.None;
        Settle(change, life.Tables[copy.Collection].Find([(byte)change.Key]), waited);
    }
}
