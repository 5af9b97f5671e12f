using System.Diagnostics.CodeAnalysis;
using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Applying;

/// <summary>
/// All dirty keys: found by their hash, and handed out for reading in the order they came, one collection after the other. Those that
/// wait for a time stand aside until it has come. Taking some costs the same however many there are.
/// </summary>
internal sealed class DirtyKeys<TEvent>
{
    private readonly Dictionary<KeyHash, DirtyKey<TEvent>> all = [];
    private readonly Dictionary<Guid, Queue<DirtyKey<TEvent>>> unread = [];
    private readonly PriorityQueue<DirtyKey<TEvent>, ClusterTime> held = new();

    /// <summary>The collections with keys to read, the one whose turn it is first.</summary>
    private readonly Queue<Guid> turns = [];

    /// <summary>About what they take in memory.</summary>
    internal long Bytes { get; private set; }

    internal IReadOnlyCollection<DirtyKey<TEvent>> All => all.Values;

    internal IReadOnlyCollection<KeyHash> Hashes => all.Keys;

    /// <summary>The earliest time that a key stands aside for.</summary>
    internal ClusterTime? HeldUntil => held.TryPeek(out _, out var until) ? until : null;

    internal bool Contains(KeyHash key) => all.ContainsKey(key);

    internal bool TryGet(KeyHash key, [NotNullWhen(true)] out DirtyKey<TEvent>? entry) =>
        all.TryGetValue(key, out entry);

    /// <summary>A key became dirty.</summary>
    /// <param name="entry">The key.</param>
    /// <param name="until">It is not handed out before <see cref="Release"/> names this time; zero if it waits for none.</param>
    internal void Add(DirtyKey<TEvent> entry, ClusterTime until)
    {
        all.Add(entry.Key, entry);
        Bytes += entry.Bytes;
        if (until == ClusterTime.Zero)
        {
            PutBack(entry);
        }
        else
        {
            held.Enqueue(entry, until);
        }
    }

    /// <summary>Whether it is among them: another one of its key is not it.</summary>
    internal bool Has(DirtyKey<TEvent> entry) => IsThere(entry);

    internal void Remove(DirtyKey<TEvent> entry)
    {
        if (all.Remove(entry.Key))
        {
            Bytes -= entry.Bytes;
        }
    }

    /// <summary>The time has come for the keys that stand aside until then.</summary>
    internal void Release(ClusterTime through)
    {
        while (held.TryPeek(out var entry, out var until) && until <= through)
        {
            _ = held.Dequeue();
            PutBack(entry);
        }
    }

    /// <summary>The collection whose turn it is; none if there is nothing to read.</summary>
    internal Guid? Next()
    {
        while (turns.TryPeek(out var collection))
        {
            var queue = unread[collection];
            while (queue.TryPeek(out var entry))
            {
                if (IsThere(entry))
                {
                    return collection;
                }

                _ = queue.Dequeue();
            }

            _ = turns.Dequeue();
            _ = unread.Remove(collection);
        }

        return null;
    }

    /// <summary>Takes keys of the collection whose turn it is, which is another's then.</summary>
    internal List<DirtyKey<TEvent>> Take(int countMax)
    {
        var taken = new List<DirtyKey<TEvent>>();
        if (Next() is not { } collection)
        {
            return taken;
        }

        var queue = unread[collection];
        while (taken.Count < countMax && queue.TryDequeue(out var entry))
        {
            if (IsThere(entry))
            {
                taken.Add(entry);
            }
        }

        turns.Enqueue(turns.Dequeue());
        return taken;
    }

    /// <summary>A key that was taken, or stood aside, is to be handed out.</summary>
    internal void PutBack(DirtyKey<TEvent> entry)
    {
        if (!unread.TryGetValue(entry.Address.Collection, out var queue))
        {
            unread[entry.Address.Collection] = queue = [];
            turns.Enqueue(entry.Address.Collection);
        }

        queue.Enqueue(entry);
    }

    /// <summary>One that was removed stays where it stands until it is met there.</summary>
    private bool IsThere(DirtyKey<TEvent> entry) => all.TryGetValue(entry.Key, out var there) && there == entry;
}
