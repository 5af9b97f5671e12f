using Godwit.Bson;

namespace Godwit.Engine.Tests.Model;

/// <summary>A source with full history: random writes, prepared transactions whose events come late, definitions that change.</summary>
internal sealed class ModelSource(Random random, ModelKind kind, ModelState begin, short number)
{
    internal const int Keys = 9;
    private static readonly string[] CollectionNames = ["A", "B", "C"];
    private readonly List<(ClusterTime Time, ModelState State)> history = [(At(0), begin)];
    private List<ModelEvent> pending = [];
    private int steps;
    private int uuids;

    internal List<ModelEvent> Events { get; } = [];

    internal ClusterTime Now => At(steps);

    internal int Steps => steps;

    internal ModelState State { get; private set; } = begin;

    internal bool HasPending => pending.Count > 0;

    internal static ClusterTime At(int step) => new((uint)step, 0);

    internal bool IsBlocked(Guid collection, int key) =>
        pending.Exists(one => one.Collection == collection && one.Key == key);

    internal ModelState Snapshot(ClusterTime time) => history.FindLast(one => one.Time <= time).State;

    internal Guid NewUuid() => new(++uuids, number, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    internal void Step()
    {
        steps++;
        if (pending.Count > 0 && random.NextDouble() < 0.4)
        {
            Events.AddRange(pending.Select(one => one with { Time = Now }));
            pending = [];
        }
        else if (
            State.Names.IsEmpty
            || (
                (kind & (ModelKind.Definitions | ModelKind.Moves)) != 0
                && pending.Count == 0
                && random.NextDouble() < 0.06
            )
        )
        {
            Define();
        }
        else if (kind.HasFlag(ModelKind.Prepared) && pending.Count == 0 && random.NextDouble() < 0.15)
        {
            var collection = Pick();
            var some = new[] { random.Next(Keys), random.Next(Keys) };
            pending =
            [
                .. Enumerable
                    .Range(0, random.Next(2, 4))
                    .Select(_ => TryWrite(collection, some[random.Next(2)], true))
                    .OfType<ModelEvent>(),
            ];
        }
        else
        {
            var count = random.NextDouble() < 0.7 ? 1 : 3;
            for (var i = 0; i < count; i++)
            {
                var (collection, key) = (Pick(), random.Next(Keys));
                if (!IsBlocked(collection.Value, key) && TryWrite(collection, key, false) is { } change)
                {
                    Events.Add(change);
                }
            }
        }

        history.Add((Now, State));
    }

    /// <summary>Time goes on, and nothing is written.</summary>
    internal void Note()
    {
        steps++;
        history.Add((Now, State));
    }

    private KeyValuePair<string, Guid> Pick() => State.Names.ElementAt(random.Next(State.Names.Count));

    /// <summary>Writes, unless a unique index refuses it.</summary>
    private ModelEvent? TryWrite(KeyValuePair<string, Guid> collection, int key, bool isPrepared)
    {
        var before = State.Documents.GetValueOrDefault((collection.Value, key));
        var chance = random.NextDouble();
        var field = "abcd"[random.Next(4)];
        var (letter, argument) =
            before is null || chance < 0.15 ? ('p', RandomDocument())
            : chance < 0.3 ? ('d', "")
            : random.NextDouble() < 0.4 ? ('u', $"{field}")
            : ('s', $"{field}{random.Next(5)}");
        var change = new ModelEvent(Now, letter, collection.Value, collection.Key, key, argument, before, isPrepared);
        var after = change.ApplyTo(before);
        if (kind.HasFlag(ModelKind.Unique) && State.Repeats(collection.Value, key, after))
        {
            return null;
        }

        State = State.Put(collection.Value, key, after);
        return change;
    }

    private string RandomDocument()
    {
        var names = "abcd".ToCharArray();
        random.Shuffle(names);
        return string.Concat(names.Take(random.Next(4)).Select(name => $"{name}{random.Next(5)}"));
    }

    private void Define()
    {
        if (kind.HasFlag(ModelKind.Moves) && !State.Names.IsEmpty && random.NextDouble() < 0.7)
        {
            Move();
            return;
        }

        var free = CollectionNames.Where(name => !State.Names.ContainsKey(name)).ToArray();
        if (State.Names.IsEmpty || (free.Length > 0 && random.NextDouble() < 0.4))
        {
            State = State with { Names = State.Names.Add(free[random.Next(free.Length)], NewUuid()) };
        }
        else if (random.NextDouble() < 0.5)
        {
            var from = Pick();
            var to = CollectionNames[random.Next(CollectionNames.Length)];
            if (!string.Equals(to, from.Key, StringComparison.Ordinal))
            {
                var without = State.Names.TryGetValue(to, out var replaced) ? State.Drop(replaced) : State;
                State = without with { Names = without.Names.Remove(from.Key).Add(to, from.Value) };
            }
        }
        else if (random.NextDouble() < 0.3)
        {
            // As convertToCapped does: another collection takes the name, with documents that no event carries (S1a).
            Rewrite(Pick());
        }
        else
        {
            var gone = Pick();
            State = State.Drop(gone.Value);
            if (random.NextDouble() < 0.6)
            {
                State = State with { Names = State.Names.Add(gone.Key, NewUuid()) };
            }
        }

        Events.Add(new(Now, 'D', Guid.Empty, "", 0, "", null, false));
    }

    /// <summary>As resharding does, or <c>movePrimary</c>, of which no event tells once it is done (S1a).</summary>
    private void Move()
    {
        Rewrite(Pick());
        if (random.NextDouble() < 0.5)
        {
            Events.Add(new(Now, 'D', Guid.Empty, "", 0, "", null, false));
        }
    }

    private void Rewrite(KeyValuePair<string, Guid> before)
    {
        var heir = NewUuid();
        var documents = State
            .InOrder(before.Value)
            .Select(one => (one.Key, Document: State.Documents[(before.Value, one.Key)]))
            .ToList();
        State = State.Drop(before.Value);
        State = State with { Names = State.Names.Add(before.Key, heir) };
        State = documents.Aggregate(State, (state, one) => state.Put(heir, one.Key, one.Document));
    }
}
