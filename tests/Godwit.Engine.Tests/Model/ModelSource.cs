using System.Collections.Immutable;
using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Model;

/// <summary>What a cluster holds at one moment. A document is a string of two-character fields ("a3c1"), so that field order counts.</summary>
public sealed record ModelState(
    ImmutableSortedDictionary<string, Guid> Names,
    ImmutableDictionary<(Guid Collection, int Key), string> Documents
)
{
    public static readonly ModelState Empty = new(
        ImmutableSortedDictionary<string, Guid>.Empty.WithComparers(StringComparer.Ordinal),
        ImmutableDictionary<(Guid, int), string>.Empty
    );

    internal IReadOnlyList<CollectionDescription> List() =>
        [
            .. Names.Select(entry => new CollectionDescription(
                new("db", entry.Key),
                entry.Value,
                CollectionKind.Collection,
                RawDocument.Empty,
                [],
                []
            )),
        ];

    internal ModelState Drop(Guid collection) =>
        new(
            Names.RemoveRange(Names.Where(entry => entry.Value == collection).Select(entry => entry.Key)),
            Documents.RemoveRange(Documents.Keys.Where(key => key.Collection == collection))
        );

    internal ModelState Rename(Guid collection, string name) =>
        this with
        {
            Names = Names
                .RemoveRange(Names.Where(entry => entry.Value == collection).Select(entry => entry.Key))
                .Add(name, collection),
        };

    /// <summary>By name, so that two clusters with other UUIDs compare.</summary>
    internal string Describe() =>
        string.Join(
            "; ",
            Names.Select(entry =>
                entry.Key
                + ": "
                + string.Join(
                    ",",
                    Documents
                        .Where(one => one.Key.Collection == entry.Value)
                        .OrderBy(one => one.Key.Key)
                        .Select(one => $"{one.Key.Key}={one.Value}")
                )
            )
        );
}

/// <summary>One event of the model's stream: a data change with the document it was made on, or a change of definitions.
/// Kinds: 'p' put, 'd' delete, 's' set a field, 'u' unset a field, 'D' definitions.</summary>
internal sealed record ModelEvent(
    ClusterTime Time,
    char Kind,
    Guid Collection,
    string Name,
    int Key,
    string Argument,
    string? Before,
    bool IsPrepared
)
{
    internal KeyHash Hash => KeyHash.Of(Collection, [(byte)Key]);

    internal string? ApplyTo(string? document) =>
        Kind switch
        {
            'p' => Argument,
            'd' => null,
            's' => Set(document ?? "", Argument),
            'u' => Remove(document ?? "", Argument[0]),
            _ => throw new InvalidOperationException($"no data event: {Kind}"),
        };

    private static string Set(string document, string field)
    {
        var at = Find(document, field[0]);
        return at < 0 ? document + field : document[..at] + field + document[(at + 2)..];
    }

    private static string Remove(string document, char name)
    {
        var at = Find(document, name);
        return at < 0 ? document : document[..at] + document[(at + 2)..];
    }

    private static int Find(string document, char name)
    {
        for (var i = 0; i < document.Length; i += 2)
        {
            if (document[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}

/// <summary>A source with full history: random writes, prepared transactions whose events come late, definitions that change.</summary>
internal sealed class ModelSource(Random random, bool prepared, bool definitions)
{
    internal const int Keys = 9;
    private static readonly string[] CollectionNames = ["A", "B", "C"];
    private readonly List<(ClusterTime Time, ModelState State)> history = [(At(0), ModelState.Empty)];
    private List<ModelEvent> pending = [];
    private int steps;
    private int uuids;

    internal List<ModelEvent> Events { get; } = [];

    internal ClusterTime Now => At(steps);

    internal int Steps => steps;

    internal ModelState State { get; private set; } = ModelState.Empty;

    internal bool HasPending => pending.Count > 0;

    internal static ClusterTime At(int step) => new((uint)step, 0);

    internal bool IsBlocked(Guid collection, int key) =>
        pending.Exists(one => one.Collection == collection && one.Key == key);

    internal ModelState Snapshot(ClusterTime time) => history.FindLast(one => one.Time <= time).State;

    internal Guid NewUuid() => new(++uuids, 1, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    internal void Step()
    {
        steps++;
        if (pending.Count > 0 && random.NextDouble() < 0.4)
        {
            Events.AddRange(pending.Select(one => one with { Time = Now }));
            pending = [];
        }
        else if (State.Names.IsEmpty || (definitions && pending.Count == 0 && random.NextDouble() < 0.06))
        {
            Define();
        }
        else if (prepared && pending.Count == 0 && random.NextDouble() < 0.15)
        {
            var collection = Pick();
            var some = new[] { random.Next(Keys), random.Next(Keys) };
            pending =
            [
                .. Enumerable.Range(0, random.Next(2, 4)).Select(_ => Write(collection, some[random.Next(2)], true)),
            ];
        }
        else
        {
            var count = random.NextDouble() < 0.7 ? 1 : 3;
            for (var i = 0; i < count; i++)
            {
                var (collection, key) = (Pick(), random.Next(Keys));
                if (!IsBlocked(collection.Value, key))
                {
                    Events.Add(Write(collection, key, false));
                }
            }
        }

        history.Add((Now, State));
    }

    private KeyValuePair<string, Guid> Pick() => State.Names.ElementAt(random.Next(State.Names.Count));

    private ModelEvent Write(KeyValuePair<string, Guid> collection, int key, bool isPrepared)
    {
        var before = State.Documents.GetValueOrDefault((collection.Value, key));
        var chance = random.NextDouble();
        var field = "abcd"[random.Next(4)];
        var (kind, argument) =
            before is null || chance < 0.15 ? ('p', RandomDocument())
            : chance < 0.3 ? ('d', "")
            : random.NextDouble() < 0.4 ? ('u', $"{field}")
            : ('s', $"{field}{random.Next(5)}");
        var change = new ModelEvent(Now, kind, collection.Value, collection.Key, key, argument, before, isPrepared);
        var after = change.ApplyTo(before);
        State = State with
        {
            Documents = after is null
                ? State.Documents.Remove((collection.Value, key))
                : State.Documents.SetItem((collection.Value, key), after),
        };
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
}
