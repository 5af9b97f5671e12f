using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Verifying;

namespace Godwit.Engine.Tests.Verifying;

/// <summary>A step that goes on from a kept verification left out on purpose, to show that the model can fail.</summary>
public enum Shortcut
{
    /// <summary>None.</summary>
    None,

    /// <summary>What the source changed between the kept time and the floor is not looked at again.</summary>
    NoMissedChanges,

    /// <summary>The destination is watched from now on, not from the kept time.</summary>
    WatchFromNow,

    /// <summary>The destination's time of the round is kept, not the one up to which its changes had been noted.</summary>
    KeepTimeOfRound,

    /// <summary>Ranges with keys that are still to be compared stay kept as verified.</summary>
    KeepWithKeysLeft,

    /// <summary>The times are moved on before what is no longer true is withdrawn.</summary>
    TimesFirst,

    /// <summary>Whether a shard has gone back behind what was compared is not asked.</summary>
    NoMark,

    /// <summary>Whether something has moved to another shard since is not asked.</summary>
    NoPlacement,

    /// <summary>How things are placed is noted after the shards were marked.</summary>
    PlacementAfterMark,
}

/// <summary>
/// Random verification of two sides of which one follows the other, in virtual time, with kills at any step: writes that the destination
/// loses, writes of others to it also while nobody runs, and keys that are read again. The destination has two shards: keys move between
/// them, which is in no event, and the one that does not keep what is known may be restored to any earlier state while nobody runs. What
/// decides is the engine's own book and ledger; whatever differs has to be found in the end.
/// </summary>
internal sealed class ResumedProofModel(int seed, Shortcut shortcut)
{
    private const int Keys = 6;
    private const int WorkSteps = 120;
    private static readonly Guid Collection = new("00000000-0000-0000-0000-000000000001");
    private readonly Random random = new(seed);
    private readonly Side source = new();
    private readonly ShardedSide destination = new();
    private readonly Dictionary<int, Recovery.SavedRange> savedRanges = [];
    private SavedProof savedProof = ProofOf(0, 0, 0, "");
    private int savedPosition;
    private Life life = null!;

    /// <summary>Ranges that a later life did not have to read again.</summary>
    internal int Trusted { get; private set; }

    /// <summary>Runs to the end; false if both sides differ then and nobody has noticed.</summary>
    internal bool Run()
    {
        foreach (var range in new RangeTable([Bound(2), Bound(4)]).Ranges)
        {
            savedRanges.Add(range.Number, Recovery.SavedRange.Of(Collection, Collection, range));
        }

        Begin();
        for (var step = 0; step < WorkSteps; step++)
        {
            if (!Act())
            {
                Begin();
            }
        }

        for (var step = 0; !IsProven(); step++)
        {
            if (step > 1000)
            {
                throw new InvalidOperationException($"seed {seed} does not come to an end");
            }

            Settle();
        }

        return source.Values.SequenceEqual(destination.Values);
    }

    private bool IsProven() =>
        life.Position == source.Events.Count
        && life.Seen == destination.Events.Count
        && life.Dirty.Count == 0
        && life.Book.WatchedKeys == 0
        && life.Book.AreAllVerified([life.Followed]);

    /// <summary>Everything that is left to do, without a crash.</summary>
    private void Settle()
    {
        life.Position = Math.Max(life.Position, 0);
        while (life.Position < source.Events.Count)
        {
            Apply();
        }

        RereadAll();
        Note(destination.Events.Count);
        _ = Round(mayCrash: false);
    }

    /// <summary>One random thing; false: killed.</summary>
    private bool Act()
    {
        switch (random.Next(10))
        {
            case 0 or 1:
                source.Write(random.Next(Keys), random.Next(1000));
                return true;
            case 2 or 3 or 4 when life.Position < source.Events.Count:
                Apply();
                return true;
            case 5 when random.Next(3) == 0:
                destination.Write(random.Next(Keys), random.Next(1000));
                return true;
            case 6:
                Note(Math.Min(destination.Events.Count, life.Seen + random.Next(4)));
                return true;
            case 7 when random.Next(2) == 0:
                RereadAll();
                return true;
            case 7:
                savedPosition = life.Position;
                return true;
            case 8:
                return Round(mayCrash: true);
            case 9 when random.Next(4) == 0:
                return false;
            case 9 when random.Next(12) == 0:
                destination.Move(random.Next(Keys));
                return true;
            default:
                return true;
        }
    }

    /// <summary>Another process goes on; others may have written to either side meanwhile.</summary>
    private void Begin()
    {
        for (var i = random.Next(3); i > 0; i--)
        {
            Action<int, int> write = random.Next(2) == 0 ? source.Write : destination.Write;
            write(random.Next(Keys), random.Next(1000));
        }

        if (random.Next(10) == 0)
        {
            destination.Move(random.Next(Keys));
        }

        if (random.Next(4) == 0)
        {
            destination.Restore(random);
        }

        var table = RangeRestorer.Restore([.. savedRanges.Values], default)!;
        life = new(table) { Position = savedPosition, DoubtfulThrough = source.Events.Count };
        var isTrusted =
            (shortcut == Shortcut.NoMark || savedProof.IsOnAllShards(destination.Mark))
            && (shortcut == Shortcut.NoPlacement || savedProof.IsInPlace(destination.Placement));
        foreach (var range in table.Ranges.Where(one => isTrusted && one.EarlierProof is not null))
        {
            Trusted++;
            life.Book.Trust(range);
        }

        life.Seen =
            shortcut == Shortcut.WatchFromNow ? destination.Events.Count : (int)savedProof.Destination.Increment;
        if (shortcut != Shortcut.NoMissedChanges)
        {
            foreach (var change in source.Events.Take(savedPosition).Skip((int)savedProof.Source.Increment))
            {
                life.Watch(change.Key);
            }
        }
    }

    /// <summary>The next event of the source: written, lost by the destination, or its document is read again.</summary>
    private void Apply()
    {
        var (key, value) = source.Events[life.Position++];
        life.Watch(key);
        if (life.Position <= life.ReadAt[key] || life.Dirty.Contains(key))
        {
            return;
        }

        if (life.Position <= life.DoubtfulThrough || random.Next(6) == 0)
        {
            _ = life.Dirty.Add(key);
        }
        else if (random.Next(8) != 0)
        {
            destination.Write(key, value);
        }
    }

    private void RereadAll()
    {
        foreach (var key in life.Dirty)
        {
            life.ReadAt[key] = source.Events.Count;
            destination.Write(key, source.Values[key]);
        }

        life.Dirty.Clear();
    }

    /// <summary>The destination's changes up to there have come to who watches it.</summary>
    private void Note(int through)
    {
        for (; life.Seen < through; life.Seen++)
        {
            if (destination.Events[life.Seen] is { } key)
            {
                life.Watch(key);
            }
        }
    }

    /// <summary>A barrier, a comparison, and what is kept of it; false: killed within that.</summary>
    private bool Round(bool mayCrash)
    {
        if (life.Position < life.DoubtfulThrough)
        {
            return true;
        }

        var (at, seen) = (life.Position, life.Seen);
        var ahead = Enumerable.Range(0, Keys).Where(key => life.Dirty.Contains(key) || life.ReadAt[key] > at);
        var round = life.Book.Plan(new(1, (uint)at), [life.Followed], ahead.Select(Life.Hash).ToHashSet());
        var (theirs, time) = (source.At(at), destination.Events.Count);
        var ours = destination.Values;
        for (var i = random.Next(4); mayCrash && i > 0; i--)
        {
            // Life goes on while both are compared.
            if (random.Next(2) == 0 && life.Position < source.Events.Count)
            {
                Apply();
            }
            else
            {
                destination.Write(random.Next(Keys), random.Next(1000));
                Note(destination.Events.Count);
            }
        }

        if (mayCrash && random.Next(10) == 0)
        {
            return false;
        }

        var ranges = round.Ranges.Select(one => one.Range).ToHashSet();
        foreach (var key in Enumerable.Range(0, Keys))
        {
            var isCompared = round.Keys.ContainsKey(Life.Hash(key)) || ranges.Contains(life.RangeOf(key));
            if (isCompared && theirs[key] != ours[key])
            {
                _ = round.Ahead.Contains(Life.Hash(key)) || life.Dirty.Add(key);
                life.Book.Again(Life.Hash(key), new(life.Followed, key));
            }
        }

        foreach (var range in ranges)
        {
            life.Proofs[range] = new(new(), IsCurrent: true);
        }

        return Keep(at, shortcut == Shortcut.KeepTimeOfRound ? time : seen, mayCrash);
    }

    private bool Keep(int at, int seen, bool mayCrash)
    {
        var changes = life.Ledger.Plan([life.Followed], life.Book, life.Proofs.GetValueOrDefault, new());
        var (mark, placement) = (0, "");
        Action[] steps =
        [
            () => changes.Withdrawn.ToList().ForEach(one => Save(one.Range, null)),
            () => placement = destination.Placement,
            () => mark = destination.WriteMark(),
            () => savedProof = ProofOf(at, seen, mark, placement),
            () => changes.Proven.ToList().ForEach(one => Save(one.Range, one.Proof)),
        ];
        if (shortcut == Shortcut.TimesFirst)
        {
            steps = [.. steps[1..4], steps[0], steps[4]];
        }

        if (shortcut == Shortcut.PlacementAfterMark)
        {
            (steps[1], steps[2]) = (steps[2], steps[1]);
        }

        foreach (var (index, step) in steps.Index())
        {
            step();
            if (mayCrash && random.Next(8) == 0)
            {
                return false;
            }

            if (mayCrash && index == 1 && random.Next(4) == 0)
            {
                destination.Move(random.Next(Keys));
            }
        }

        life.Ledger.Withdrawn(changes);
        return true;
    }

    private void Save(CopyRange range, RangeProof? proof)
    {
        if (proof is not null || shortcut != Shortcut.KeepWithKeysLeft)
        {
            savedRanges[range.Number] = Recovery.SavedRange.Of(Collection, Collection, range, proof);
        }
    }

    private static SavedProof ProofOf(int source, int destination, int mark, string placement) =>
        new(
            new(0, (uint)source),
            new(0, (uint)destination),
            new("", "set", 1, new(8, 0), ClusterTime.Zero),
            mark,
            new HashSet<string> { placement }
        );

    private static RangeBound Bound(int key) => new(key, FollowedCollection.KeyOf(key));

    /// <summary>
    /// A cluster of two shards, each with all it has ever been given, in order. A key is read on the shard that has it now, and a move to
    /// the other is in no event. The second may go back; where keys are stands on config servers, which do not.
    /// </summary>
    private sealed class ShardedSide
    {
        private readonly List<Entry>[] shards =
        [
            [],
            [],
        ];
        private readonly int[] owners = new int[Keys];
        private int version;
        private int marks;

        /// <summary>The key that changed at each time; none where a shard no longer knows of it.</summary>
        internal List<int?> Events { get; } = [];

        internal int[] Values => [.. Enumerable.Range(0, Keys).Select(Read)];

        internal string Placement => $"{version}";

        /// <summary>The oldest of the newest marks of both.</summary>
        internal int Mark => shards.Min(shard => shard.LastOrDefault(one => one.Mark > 0).Mark);

        internal void Write(int key, int value)
        {
            shards[owners[key]].Add(new(Events.Count, key, value, 0));
            Events.Add(key);
        }

        internal int WriteMark()
        {
            marks++;
            foreach (var shard in shards)
            {
                shard.Add(new(-1, -1, 0, marks));
            }

            return marks;
        }

        internal void Move(int key)
        {
            var value = Read(key);
            owners[key] = 1 - owners[key];
            shards[owners[key]].Add(new(-1, key, value, 0));
            version++;
        }

        internal void Restore(Random random)
        {
            var shard = shards[1];
            var lost = random.Next(Math.Min(shard.Count, 3) + 1);
            foreach (var entry in shard[^lost..].Where(one => one.Time >= 0))
            {
                Events[entry.Time] = null;
            }

            shard.RemoveRange(shard.Count - lost, lost);
        }

        private int Read(int key) => shards[owners[key]].LastOrDefault(one => one.Key == key && one.Mark == 0).Value;

        /// <param name="Time">The number of its event; negative for what is in none.</param>
        /// <param name="Key">The key that has the value.</param>
        /// <param name="Value">The value.</param>
        /// <param name="Mark">The mark that this is; 0 for a value.</param>
        private readonly record struct Entry(int Time, int Key, int Value, int Mark);
    }

    /// <summary>One cluster: what it holds, and every change in order; its time is their number.</summary>
    private sealed class Side
    {
        internal int[] Values { get; } = new int[Keys];

        internal List<(int Key, int Value)> Events { get; } = [];

        internal void Write(int key, int value)
        {
            Values[key] = value;
            Events.Add((key, value));
        }

        internal int[] At(int time)
        {
            var values = new int[Keys];
            foreach (var (key, value) in Events.Take(time))
            {
                values[key] = value;
            }

            return values;
        }
    }

    /// <summary>What is lost in a crash.</summary>
    private sealed class Life
    {
        private readonly RangeTable table;

        internal Life(RangeTable table)
        {
            this.table = table;
            var listed = new CollectionDescription(
                new("db", "one"),
                Collection,
                CollectionKind.Collection,
                RawDocument.Empty,
                [],
                []
            );
            Followed = new(listed, listed.Address) { Ranges = table };
        }

        internal FollowedCollection Followed { get; }

        internal VerificationBook Book { get; } = new();

        internal ProofLedger Ledger { get; } = new();

        internal Dictionary<CopyRange, RangeProof> Proofs { get; } = [];

        internal HashSet<int> Dirty { get; } = [];

        internal int[] ReadAt { get; } = new int[Keys];

        internal int Position { get; set; }

        internal int DoubtfulThrough { get; init; }

        internal int Seen { get; set; }

        internal static KeyHash Hash(int key) => KeyHash.Of(Collection, FollowedCollection.KeyOf(key));

        internal CopyRange RangeOf(int key) => table.Find(FollowedCollection.KeyOf(key));

        internal void Watch(int key) => Book.Watch(Followed, Hash(key), key);
    }
}
