using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>What applications do to a source, with the events they cause.</summary>
internal sealed partial class FakeCluster
{
    internal Guid CreateByUser(string collection, RawDocument options = default)
    {
        lock (gate)
        {
            return IsBlocked ? Guid.Empty : Create(Namespace.Parse(collection), options);
        }
    }

    internal void DefineByUser(string collection, Func<CollectionDescription, CollectionDescription> change)
    {
        lock (gate)
        {
            var there = State.Catalogue[Namespace.Parse(collection)];
            _ = Tick();
            Commit(State.Define(change(there)), [Definition("createIndexes", there.Name, there.Uuid)]);
        }
    }

    /// <summary>A member that had an index built while it stood alone becomes primary: no event tells of it.</summary>
    internal void DefineSilently(string collection, RawDocument index)
    {
        lock (gate)
        {
            var there = State.Catalogue[Namespace.Parse(collection)];
            _ = Tick();
            Commit(State.Define(there with { Indexes = [.. there.Indexes, index] }), []);
        }
    }

    internal void DropByUser(string collection)
    {
        lock (gate)
        {
            if (IsBlocked)
            {
                return;
            }

            var there = State.Catalogue[Namespace.Parse(collection)];
            if (IsBlocked)
            {
                return;
            }

            _ = Tick();
            Commit(State.Drop(there.Name), [Definition("drop", there.Name, there.Uuid)]);
        }
    }

    internal void RenameByUser(string from, string to)
    {
        lock (gate)
        {
            if (IsBlocked)
            {
                return;
            }

            var there = State.Catalogue[Namespace.Parse(from)];
            if (IsBlocked)
            {
                return;
            }

            _ = Tick();
            Commit(
                State.Rename(there.Name, Namespace.Parse(to)),
                [Definition("rename", there.Name, there.Uuid, Namespace.Parse(to))]
            );
        }
    }

    /// <summary>Puts a whole document: an insert or a replacement.</summary>
    internal bool PutByUser(string collection, RawDocument document)
    {
        lock (gate)
        {
            if (!TryWrite(collection, out var there))
            {
                return false;
            }

            var isNew = State.Find(there.Uuid, document["_id"]) is null;
            var body = new DocumentBuilder { { "fullDocument", document } }.Build();
            var next = State.Put(there.Uuid, document);
            if (FindDuplicate(next, there.Uuid, document["_id"]) is not null)
            {
                return false;
            }

            Commit(next, [Event(isNew ? "insert" : "replace", there.Name, there.Uuid, document["_id"], body)]);
            return true;
        }
    }

    /// <summary>Sets a top-level field.</summary>
    internal void SetByUser(string collection, RawValue id, string field, RawValue value)
    {
        lock (gate)
        {
            if (TryWrite(collection, out var there) && State.Find(there.Uuid, id) is { } before)
            {
                var set = new DocumentBuilder { { field, value } }.Build();
                var after = FakeUpdates.Set(before, new DocumentBuilder { { "$set", set } }.Build());
                var diff = new DocumentBuilder { { before.Has(field) ? "u" : "i", set } };
                var body = new DocumentBuilder
                {
                    {
                        "rawUpdateDescription",
                        new DocumentBuilder { { "$v", 2 }, { "diff", diff } }
                    },
                }.Build();
                Commit(State.Put(there.Uuid, after), [Event("update", there.Name, there.Uuid, id, body)]);
            }
        }
    }

    internal void DeleteByUser(string collection, RawValue id)
    {
        lock (gate)
        {
            if (TryWrite(collection, out var there) && State.Find(there.Uuid, id) is not null)
            {
                Commit(State.Remove(there.Uuid, id), [Event("delete", there.Name, there.Uuid, id, RawDocument.Empty)]);
            }
        }
    }

    /// <summary>Names of the collections that are there, but for the engine's own, in their order.</summary>
    internal List<string> Names() =>
        [
            .. State
                .Catalogue.Keys.Where(name => !ReservedNames.IsReserved(name.Database))
                .Select(name => name.ToString())
                .Order(StringComparer.Ordinal),
        ];

    internal RawDocument Find(string collection, RawValue id)
    {
        lock (gate)
        {
            return State.Find(State.Catalogue[Namespace.Parse(collection)].Uuid, id) ?? RawDocument.Empty;
        }
    }

    /// <summary>An empty collection, followed as if it had the same name and UUID on both sides.</summary>
    internal FollowedCollection CreateFollowed(string collection)
    {
        var uuid = CreateByUser(collection, RawDocument.Empty);
        var address = new CollectionAddress(Namespace.Parse(collection), uuid);
        return new(new(address.Name, uuid, CollectionKind.Collection, RawDocument.Empty, [], []), address);
    }

    /// <summary>Changes a document behind everyone's back: with an event of its own, as any stray write has.</summary>
    internal void TamperWith(string collection, RawDocument document) => _ = PutByUser(collection, document);

    /// <summary>Refuses updates of one document so many times.</summary>
    internal void Refuse(string collection, RawValue id, int times)
    {
        lock (gate)
        {
            refused = (State.Catalogue[Namespace.Parse(collection)].Uuid, id);
            RefusalsLeft = times;
        }
    }

    /// <summary>Applications overwrite the whole oplog: nothing before now can be resumed at.</summary>
    internal void LoseHistory()
    {
        lock (gate)
        {
            OldestHistory = Tick();
            OldestHistory = Tick();
        }
    }

    /// <summary>Streams break, and of the oplog only the newest entry is left.</summary>
    internal void OverwriteOplog()
    {
        lock (gate)
        {
            streamGeneration++;
            OldestHistory = now;
        }
    }

    /// <summary>All at once: open streams break, applications write, and the oplog is overwritten.</summary>
    internal void BreakStreamsAndLoseHistory(Action write)
    {
        lock (gate)
        {
            streamGeneration++;
            write();
            LoseHistory();
        }
    }

    /// <summary>Applications write on for a while; the oldest history goes with it.</summary>
    internal void AdvanceClock(uint seconds)
    {
        lock (gate)
        {
            OldestHistory = new(now.Seconds - 1, 1);
            now = new(now.Seconds + seconds, 1);
        }
    }

    /// <summary>Restores a copy taken at an earlier time: its events after that never happened; the clock goes on.</summary>
    internal void RestoreCopyOf(ClusterTime time)
    {
        lock (gate)
        {
            var copy = history.FindLast(one => one.Time <= time).State;
            history.RemoveAll(one => one.Time > time);
            events.RemoveAll(one => one["clusterTime"].AsTimestamp > time);
            _ = Tick();
            Commit(copy, []);
        }
    }

    /// <summary>Gives every collection another UUID, as a restore through commands does.</summary>
    internal void RecreateUnderNewUuids()
    {
        lock (gate)
        {
            var next = State;
            foreach (var one in State.Catalogue.Values.Where(one => one.Kind == CollectionKind.Collection))
            {
                var documents = State.Of(one.Uuid);
                var heir = one with { Uuid = new(++uuids, 8, 0, [0, 0, 0, 0, 0, 0, 0, 0]) };
                next = next.Drop(one.Name).Define(heir);
                next = next with { Documents = next.Documents.SetItem(heir.Uuid, documents) };
            }

            _ = Tick();
            Commit(next, []);
        }
    }

    /// <summary>The time of the last change.</summary>
    internal ClusterTime Now
    {
        get
        {
            lock (gate)
            {
                return now;
            }
        }
    }

    private bool TryWrite(string collection, out CollectionDescription there)
    {
        _ = Tick();
        return State.Catalogue.TryGetValue(Namespace.Parse(collection), out there!) && !IsBlocked;
    }

    private RawDocument Event(string operation, Namespace ns, Guid uuid, RawValue id, IEnumerable<RawElement> body)
    {
        var built = new DocumentBuilder
        {
            { "operationType", operation },
            { "clusterTime", now },
            {
                "collectionUUID",
                new RawValue(BsonType.Binary, (byte[])[16, 0, 0, 0, 4, .. uuid.ToByteArray(bigEndian: true)])
            },
            {
                "ns",
                new DocumentBuilder { { "db", ns.Database }, { "coll", ns.Collection } }
            },
            {
                "documentKey",
                new DocumentBuilder { { "_id", id } }
            },
        };
        foreach (var field in body)
        {
            _ = built.Add(field);
        }

        return built.Build();
    }

    private RawDocument Definition(string operation, Namespace ns, Guid uuid, Namespace? to = null) =>
        new DocumentBuilder
        {
            { "operationType", operation },
            { "clusterTime", now },
            { "ns", NameOf(ns) },
            { "to", to is { } renamed ? NameOf(renamed) : RawValue.Missing },
        }.Build();

    private static RawValue NameOf(Namespace ns) =>
        new DocumentBuilder { { "db", ns.Database }, { "coll", ns.Collection } };
}
