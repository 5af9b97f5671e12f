using Godwit.Bson;
using Godwit.Sandbox.Storage;
using RocksDbSharp;

namespace Godwit.Sandbox.Catalog;

/// <summary>
/// The catalog of a member over time: the present one and, for reads in the past, those before it. Changes are stored under the
/// ident of the collection with their commit time, like versions of a record.
/// </summary>
internal sealed class CatalogHistory
{
    private const byte KeyPrefix = (byte)'c';
    private static readonly byte[] NextIdentKey = "next-ident"u8.ToArray();
    private readonly StorageEngine engine;
    private readonly Lock gate = new();
    private readonly List<(ClusterTime From, CatalogSnapshot Snapshot)> versions =
    [
        (ClusterTime.Zero, CatalogSnapshot.Empty),
    ];
    private volatile CatalogSnapshot latest = CatalogSnapshot.Empty;
    private uint nextIdent = 16;

    internal CatalogHistory(StorageEngine engine)
    {
        this.engine = engine;
        Load();
    }

    /// <summary>The catalog at present.</summary>
    internal CatalogSnapshot Latest => latest;

    /// <summary>The catalog as it was at a time.</summary>
    internal CatalogSnapshot At(ClusterTime time)
    {
        lock (gate)
        {
            var index = versions.FindLastIndex(version => version.From <= time);
            return versions[Math.Max(index, 0)].Snapshot;
        }
    }

    /// <summary>An ident nothing else has or had. Call within the commit lock.</summary>
    internal uint NewIdent() => nextIdent++;

    /// <summary>Writes changes into the batch of a commit.</summary>
    internal void Store(WriteBatch batch, IReadOnlyList<CatalogChange> changes, ClusterTime time)
    {
        foreach (var change in changes)
        {
            var ident = (change.After ?? change.Before)!.Ident;
            var value = change.After is { } after ? after.ToDocument().Bytes : default;
            engine.Put(batch, Family.Meta, KeyOf(ident, time), value.Span);
            if (change.Before is { } before && change.After is { } other && before.Ident != other.Ident)
            {
                engine.Put(batch, Family.Meta, KeyOf(before.Ident, time), []);
            }
        }

        engine.Put(batch, Family.Meta, NextIdentKey, BitConverter.GetBytes(nextIdent));
    }

    /// <summary>Makes changes visible. Call within the commit lock, once they are stored.</summary>
    internal void Publish(IReadOnlyList<CatalogChange> changes, ClusterTime time)
    {
        lock (gate)
        {
            var snapshot = changes.Aggregate(latest, (current, change) => current.Apply(change));
            if (versions[^1].From == time)
            {
                versions.RemoveAt(versions.Count - 1);
            }

            versions.Add((time, snapshot));
            latest = snapshot;
        }
    }

    /// <summary>Forgets what no read may ask for any more.</summary>
    internal void Trim(ClusterTime horizon)
    {
        lock (gate)
        {
            var keep = versions.FindLastIndex(version => version.From <= horizon);
            if (keep > 0)
            {
                versions.RemoveRange(0, keep);
            }
        }
    }

    /// <summary>Reads everything again, after the store was changed underneath.</summary>
    internal void Load()
    {
        var changes = new SortedDictionary<ClusterTime, List<(uint Ident, CollectionInfo? State)>>();
        var iterator = engine.NewIterator(Family.Meta);
        for (iterator.Seek([KeyPrefix]); iterator.Valid(); iterator.Next())
        {
            var key = iterator.GetKeySpan();
            if (!IsEntry(key))
            {
                break;
            }

            var value = iterator.Value();
            var state = value.Length == 0 ? null : CollectionInfo.FromDocument(new(value));
            var time = KeyLayout.TimeOf(key);
            if (!changes.TryGetValue(time, out var list))
            {
                changes[time] = list = [];
            }

            list.Add((KeyLayout.IdentOf(key[1..]), state));
        }

        engine.Release(iterator);
        Rebuild(changes);
        if (engine.Get(Family.Meta, NextIdentKey) is { } stored)
        {
            nextIdent = BitConverter.ToUInt32(stored);
        }
    }

    private void Rebuild(SortedDictionary<ClusterTime, List<(uint Ident, CollectionInfo? State)>> changes)
    {
        lock (gate)
        {
            versions.Clear();
            versions.Add((ClusterTime.Zero, CatalogSnapshot.Empty));
            latest = CatalogSnapshot.Empty;
            var states = new Dictionary<uint, CollectionInfo>();
            foreach (var (time, list) in changes)
            {
                foreach (var (ident, _) in list)
                {
                    latest = latest.Apply(new(states.GetValueOrDefault(ident), null));
                }

                foreach (var (ident, state) in list)
                {
                    latest = latest.Apply(new(null, state));
                    states.Remove(ident);
                    if (state is not null)
                    {
                        states[ident] = state;
                    }
                }

                versions.Add((time, latest));
            }
        }
    }

    /// <summary>Whether a key of the unversioned data holds the state of a collection.</summary>
    internal static bool IsEntry(ReadOnlySpan<byte> key) =>
        key[0] == KeyPrefix && key.Length == 1 + KeyLayout.IdentLength + KeyLayout.TimeLength;

    private static byte[] KeyOf(uint ident, ClusterTime time) =>
        [KeyPrefix, .. KeyLayout.Stored(KeyLayout.Ident(ident), time)];
}
