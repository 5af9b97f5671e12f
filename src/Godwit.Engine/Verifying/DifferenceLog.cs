using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Verifying;

/// <summary>
/// Remembers every difference found (S24): each may be healed once; the same one found again later, or more than a set number, stops
/// the migration. Those of earlier lives are reported and counted as healed, since whatever is proven in this life is proven of them
/// too; they stand against nothing.
/// </summary>
internal sealed class DifferenceLog(int healingsMax, TimeProvider time)
{
    private readonly Dictionary<KeyHash, Entry> found = [];
    private readonly Dictionary<KeyHash, ReportedDifference> earlier = [];
    private readonly List<RawDocument> unsaved = [];
    private readonly Lock gate = new();

    internal IReadOnlyList<ReportedDifference> Differences
    {
        get
        {
            lock (gate)
            {
                return
                [
                    .. earlier.Where(one => !found.ContainsKey(one.Key)).Select(one => one.Value),
                    .. found.Values.Select(one => one.Reported),
                ];
            }
        }
    }

    internal int Healed => Differences.Count(one => one.IsHealed);

    internal int Open => Differences.Count(one => !one.IsHealed);

    /// <summary>Takes up what earlier lives have kept.</summary>
    internal void Restore(IEnumerable<RawDocument> kept)
    {
        foreach (var (key, difference) in kept.Select(SavedDifference.Parse))
        {
            earlier[key] = difference with { IsHealed = true };
        }
    }

    /// <summary>What was found and is not kept yet: to be kept before anything of it is healed.</summary>
    internal IReadOnlyList<RawDocument> TakeUnsaved()
    {
        lock (gate)
        {
            RawDocument[] taken = [.. unsaved];
            unsaved.Clear();
            return taken;
        }
    }

    /// <summary>Notes a document that differs at a barrier and is to be healed. Found twice at one barrier it is one finding.</summary>
    internal void Add(KeyDifference difference, FollowedCollection collection, ClusterTime barrier) =>
        Add(
            difference.Key,
            new(collection.Uuid, barrier, difference.Report(collection.Source.Name, time.GetUtcNow())),
            "the document with _id " + difference.Id
        );

    /// <summary>Notes that options, indexes or the natural order of a collection differ.</summary>
    internal void AddDefinition(Guid collection, Namespace name, string what, ClusterTime barrier)
    {
        var key = KeyHash.Of(collection, System.Text.Encoding.UTF8.GetBytes($"{name}: definition"));
        Add(key, new(collection, barrier, new(name.ToString(), "", what, "", "", time.GetUtcNow(), false)), what);
    }

    /// <summary>The key was compared again and is equal.</summary>
    internal void NoteEqual(KeyHash key)
    {
        lock (gate)
        {
            if (found.TryGetValue(key, out var one))
            {
                found[key] = one with { Reported = one.Reported with { IsHealed = true } };
            }
        }
    }

    /// <summary>All of a collection was compared again, and is equal but for these.</summary>
    internal void NoteEqualBut(IReadOnlySet<KeyHash> different, Guid collection)
    {
        lock (gate)
        {
            foreach (var (key, one) in found.Where(entry => entry.Value.Collection == collection).ToList())
            {
                if (one.Reported.Key.Length > 0 && !different.Contains(key))
                {
                    found[key] = one with { Reported = one.Reported with { IsHealed = true } };
                }
            }
        }
    }

    /// <summary>All definitions were compared again and are equal.</summary>
    internal void NoteDefinitionsEqual() => Settle(one => one.Reported.Key.Length == 0);

    /// <summary>Only these collections are there: what differed in others has gone with them.</summary>
    internal void NoteLive(IReadOnlySet<Guid> collections) =>
        Settle(one => one.Reported.Key.Length > 0 && !collections.Contains(one.Collection));

    private void Settle(Func<Entry, bool> isSettled)
    {
        lock (gate)
        {
            foreach (var (key, one) in found.Where(entry => isSettled(entry.Value)).ToList())
            {
                found[key] = one with { Reported = one.Reported with { IsHealed = true } };
            }
        }
    }

    private void Add(KeyHash key, Entry entry, string what)
    {
        var name = entry.Reported.Collection;
        lock (gate)
        {
            if (found.TryGetValue(key, out var known))
            {
                if (known.Barrier == entry.Barrier)
                {
                    return;
                }

                found[key] = known with { Reported = known.Reported with { IsHealed = false } };
                throw Failure($"{what} of {name} differs again after it was healed");
            }

            found.Add(key, entry);
            unsaved.Add(SavedDifference.Describe(key, entry.Reported));
            if (found.Count > healingsMax)
            {
                throw Failure($"more than {healingsMax} differences were found, the last in {name}");
            }
        }
    }

    private static MigrationFailedException Failure(string message) =>
        new(
            "VerificationMismatch",
            $"Verification failed: {message}.",
            "Find out what writes to the destination, stop it, and run the migration again; the report names every difference."
        );

    private sealed record Entry(Guid Collection, ClusterTime Barrier, ReportedDifference Reported);
}
