using Godwit.Bson;
using Godwit.Engine.Planning;

namespace Godwit.Engine.Changes;

/// <summary>
/// Keys whose documents were read again, each with the time it was read at: events up to it are in the document (S6, S12), until a
/// checkpoint has passed it. No I/O; used under the gate.
/// </summary>
internal sealed class ReadAgain
{
    /// <summary>What one takes in the table, with its share of the empty places.</summary>
    private const int EntryBytes = 64;

    private readonly Dictionary<KeyHash, ClusterTime> asOf = [];
    private readonly Dictionary<Guid, ClusterTime> newest = [];

    internal long Bytes => (long)asOf.Count * EntryBytes;

    internal ClusterTime AsOf(KeyHash key) => asOf.GetValueOrDefault(key);

    internal IEnumerable<KeyHash> After(ClusterTime time) =>
        asOf.Where(entry => entry.Value > time).Select(entry => entry.Key);

    internal void Note(KeyHash key, Guid collection, ClusterTime time)
    {
        asOf[key] = time;
        newest[collection] = ClusterTime.Max(newest.GetValueOrDefault(collection), time);
    }

    /// <summary>No event up to this time comes any more.</summary>
    internal void Settled(ClusterTime time)
    {
        foreach (var key in asOf.Where(entry => entry.Value <= time).Select(entry => entry.Key).ToList())
        {
            _ = asOf.Remove(key);
        }

        if (asOf.Count == 0)
        {
            newest.Clear();
        }
    }

    /// <summary>Forgets all of them; the newest time of each collection.</summary>
    internal IReadOnlyDictionary<Guid, ClusterTime> Forget()
    {
        var forgotten = new Dictionary<Guid, ClusterTime>(newest);
        asOf.Clear();
        asOf.TrimExcess();
        newest.Clear();
        return forgotten;
    }
}
